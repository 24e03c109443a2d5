/** Puts the page together: which view stands at which address, and what is listened for everywhere. */

import { Failure, postOutcome } from "./api.js";
import { watchPictures } from "./ask.js";
import { ownBoards } from "./boards.js";
import { campaignsView } from "./campaigns.js";
import { element } from "./element.js";
import { flush } from "./events.js";
import { exploreView } from "./explore.js";
import { offerField } from "./field.js";
import { forYouView } from "./for-you.js";
import { itemView } from "./item.js";
import { watchUndo } from "./notices.js";
import { notificationsView, watchBell } from "./notifications.js";
import { keepPage } from "./offline.js";
import { heading, start } from "./router.js";
import { reviewsView } from "./reviews.js";
import { watchSaves } from "./save.js";
import { searchView } from "./search.js";
import { boardsView, boardView } from "./shelf.js";
import { emptyState } from "./states.js";
import { decide } from "./undo.js";
import { wordsView } from "./words.js";
import { yoursView } from "./yours.js";

function nowhere() {
  const home = element("a", { class: "button strong", href: "#/" }, element("span", {}, "To the start"));
  return {
    title: "Not found",
    place: null,
    element: element(
      "div",
      { class: "view" },
      heading("Not found", "visually-hidden"),
      emptyState("Nothing is here", "This address leads nowhere.", home),
    ),
  };
}

function viewOf(route, from) {
  const [first, second] = route.path;
  if (route.query.message) visited(route.query.message);
  if (!first) return exploreView(route);
  if (first === "for-you") return forYouView(route);
  if (first === "boards") return second ? boardView(route) : boardsView();
  if (first === "yours") return yoursView();
  if (first === "notifications") return notificationsView(route);
  if (first === "reviews") return reviewsView();
  if (first === "campaigns") return campaignsView();
  if (first === "item" && second) return itemView(route, from);
  if (first === "search" && !second && route.query.q?.trim()) return wordsView(route);
  if (first === "search") return searchView(route);
  return nowhere();
}

function visited(message) {
  postOutcome(message, "visited").catch((error) => {
    if (!(error instanceof Failure)) throw error; // the picture opens all the same
  });
}

function showConnection() {
  document.querySelector("[data-offline]").hidden = navigator.onLine;
}

addEventListener("online", () => {
  showConnection();
  for (const again of document.querySelectorAll("#main .failed button")) again.click();
});
addEventListener("offline", showConnection);
addEventListener("load", () => keepPage().catch(() => {})); // a page that could not be kept works all the same
addEventListener("pagehide", () => {
  decide();
  flush();
});
document.querySelector("[data-skip]").addEventListener("click", (event) => {
  event.preventDefault();
  const first = ["#main .card a", "#main a, #main button", "#main"].map((place) => document.querySelector(place));
  first.find(Boolean).focus();
});
showConnection();
watchPictures();
watchUndo();
watchSaves();
start(viewOf);
offerField();
watchBell();
ownBoards().catch((error) => {
  if (!(error instanceof Failure)) throw error; // saving asks again, and says what is wrong
});
