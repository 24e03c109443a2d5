/** A board with a bar of filters: what is chosen stands in the address, and starts the board over. */

import { button } from "./element.js";
import { facetBar } from "./facets.js";
import { feed } from "./feed.js";
import { readdress } from "./router.js";
import { emptyState } from "./states.js";

/**
 * A `feed` of the place at `path`, with `filters`, which are changed in place; `query()` is what the address keeps.
 * `none` and `noneMatch` are the title and the words where nothing is there: at all, and with these filters; `help()`
 * makes what else helps then.
 */
export function filteredFeed({ path, filters, query = () => filters, none, noneMatch, help = () => null, ...how }) {
  const renew = () => {
    readdress(path, query());
    board.restart();
  };
  const facets = facetBar(filters, renew);
  const clear = () =>
    Object.keys(filters).length ? button("close", "Clear filters", facets.clear, { kind: "strong" }) : null;
  const board = feed({
    ...how,
    empty: () => emptyState(...(Object.keys(filters).length ? noneMatch : none), clear(), help()),
    refused: clear,
  });
  return { facets: facets.element, element: board.element, renew, set: facets.set };
}
