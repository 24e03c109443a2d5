/** Items that this visit has seen, so that reasons can be named without asking again. */

import { getItem } from "./api.js";

const MOST = 3000;
const known = new Map();
const asked = new Map();

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

/** The item with this id, asked for once when it is not known; rejects with a `Failure` when there is none. */
export function lookUp(id) {
  if (known.has(id)) return Promise.resolve(known.get(id));
  if (!asked.has(id)) {
    const answer = getItem(id).then((item) => know([item])[0]);
    asked.set(
      id,
      answer.finally(() => asked.delete(id)),
    );
  }
  return asked.get(id);
}
