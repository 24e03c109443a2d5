/** The board of everything. */

import { listItems } from "./api.js";
import { element } from "./element.js";
import { filteredFeed } from "./filtered.js";
import { heading } from "./router.js";

export function exploreView({ query }) {
  const filters = { ...query };
  const board = filteredFeed({
    path: [],
    filters,
    label: "Pictures",
    surface: "explore",
    load: (cursor, signal) => listItems(filters, cursor, signal),
    none: ["No pictures yet", "They show up here as soon as somebody adds some."],
    noneMatch: ["Nothing matches", "No picture has all of these at once."],
  });
  return {
    title: "Explore",
    place: "explore",
    element: element("div", { class: "view" }, heading("Explore", "visually-hidden"), board.facets, board.element),
  };
}
