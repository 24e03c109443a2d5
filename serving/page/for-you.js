/** Pictures picked from what the visitor did, and why. */

import { recommend } from "./api.js";
import { button, element } from "./element.js";
import { flush } from "./events.js";
import { filteredFeed } from "./filtered.js";
import { lookUp } from "./known.js";
import { heading } from "./router.js";
import { decide } from "./undo.js";

const FIRST = 40;
const MOST = 100; // that the service gives at once
const WARM = "Picked from what you looked at, opened, saved and hid. It changes as you go.";
const COLD =
  "You have not done anything yet, so this is what others like. Open or save a picture, and it becomes yours.";

export function forYouView({ query }) {
  const filters = { ...query };
  const lead = element("p", { class: "lead" }, WARM);
  let given = new Set();
  const board = filteredFeed({
    path: ["for-you"],
    filters,
    label: "Pictures for you",
    surface: "for-you",
    load: async (cursor, signal) => {
      if (cursor === null) {
        given = new Set();
        decide();
      }
      const answer = await pick(cursor === null ? FIRST : MOST, filters, signal);
      const fresh = answer.items.filter(({ item_id: id }) => !given.has(id));
      for (const { item_id: id } of fresh) given.add(id);
      return { ...answer, items: fresh, cursor: fresh.length ? given.size : null };
    },
    reason: whyPicked,
    onanswer: ({ cold }) => {
      lead.textContent = cold ? COLD : WARM;
    },
    none: ["Nothing to pick from", "You have seen every picture that is here."],
    noneMatch: ["Nothing to pick from", "No picture that you have not seen yet fits here."],
  });
  const renew = button("refresh", "Show new picks", board.renew, { kind: "renew" });
  return {
    title: "For you",
    place: "for-you",
    element: element(
      "div",
      { class: "view" },
      element("div", { class: "head" }, heading("For you"), renew),
      lead,
      element("a", { href: "#/yours" }, "Your interests, and what you saved and hid"),
      board.facets,
      board.element,
    ),
  };
}

/** The best `k` that the visitor has not seen; what was just done counts. */
async function pick(k, filters, signal) {
  await flush();
  return recommend(k, filters, signal);
}

/** “Because of …”: the item of the visitor's history that counted most. */
function whyPicked(item) {
  const [cause] = item.because ?? [];
  if (!cause) return null;
  const words = element("span", {}, "Because of your history");
  const line = element("p", { class: "reason" }, words);
  lookUp(cause.item_id).then(
    ({ title }) => (words.textContent = `Because of ${title}`),
    () => line.remove(), // the item is gone, so there is nothing to name
  );
  return line;
}
