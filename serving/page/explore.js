/** The board of everything. */

import { listItems } from "./api.js";
import { button, element } from "./element.js";
import { facetBar } from "./facets.js";
import { feed } from "./feed.js";
import { heading, readdress } from "./router.js";
import { emptyState } from "./states.js";

export function exploreView({ query }) {
  const filters = { ...query };
  const facets = facetBar(filters, () => {
    readdress([], filters);
    board.restart();
  });
  const board = feed({
    label: "Pictures",
    surface: "explore",
    load: (cursor, signal) => listItems(filters, cursor, signal),
    empty: () =>
      emptyState(
        "Nothing matches",
        "No picture has all of these at once.",
        button("close", "Clear filters", facets.clear, { kind: "strong" }),
      ),
  });
  return {
    title: "Explore",
    place: "explore",
    element: element("div", { class: "view" }, heading("Explore", "visually-hidden"), facets.element, board.element),
  };
}
