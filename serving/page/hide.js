/** Hiding a picture. */

import { undoable } from "./undo.js";
import { keep, kept } from "./user.js";

const KEY = "corkboard.hidden";
const MOST = 500;
const hidden = new Set(JSON.parse(kept(KEY) ?? "[]"));

export const isHidden = (itemId) => hidden.has(itemId);

function remember() {
  keep(KEY, JSON.stringify([...hidden].slice(-MOST)));
}

/** Forgets that an item was hidden. */
export function unhide(itemId) {
  hidden.delete(itemId);
  remember();
}

/** Hides an item; `putBack` shows it again where it was. */
export function hide(item, surface, position, putBack) {
  const id = item.item_id;
  hidden.add(id);
  remember();
  undoable(`Hidden: ${item.title}. You will not see it again.`, ["hide", id, surface, position], () => {
    unhide(id);
    putBack();
  });
}
