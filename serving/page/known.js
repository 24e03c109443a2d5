/** Items that this visit has seen, so that reasons can be named without asking again. */

import { getItem } from "./api.js";

const MOST = 3000;
const known = new Map();

/** Keeps `items` and returns them. */
export function know(items) {
  for (const item of items) {
    item.title ||= item.category || "Picture";
    known.delete(item.item_id);
    known.set(item.item_id, item);
  }
  for (const id of [...known.keys()].slice(0, Math.max(0, known.size - MOST))) known.delete(id);
  return items;
}

/** The item with this id, asked for when it is not known; throws a `Failure` when there is none. */
export async function lookUp(id, signal) {
  return known.get(id) ?? know([await getItem(id, signal)])[0];
}
