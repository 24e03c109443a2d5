/** The home: the visitor's feed, and with filters everything that matches them. */

import { adReason } from "./ad.js";
import { getFeed, listItems } from "./api.js";
import { element } from "./element.js";
import { flush } from "./events.js";
import { filteredFeed } from "./filtered.js";
import { heading } from "./router.js";

export function exploreView({ query }) {
  const filters = { ...query };
  const board = filteredFeed({
    path: [],
    filters,
    label: "Pictures",
    surface: "explore",
    load: (cursor, signal) =>
      Object.keys(filters).length ? listItems(filters, cursor, signal) : home(cursor, signal),
    reason: ({ ad, because }) => (ad ? adReason(ad) : because ? element("p", { class: "reason" }, because.text) : null),
    none: ["No pictures yet", "They show up here as soon as somebody adds some."],
    noneMatch: ["Nothing matches", "No picture has all of these at once."],
  });
  return {
    title: "Explore",
    place: "explore",
    element: element("div", { class: "view" }, heading("Explore", "visually-hidden"), board.facets, board.element),
  };
}

async function home(cursor, signal) {
  if (cursor === null) await flush();
  return getFeed(cursor, signal);
}
