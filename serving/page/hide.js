/** Hiding a picture: at once on screen, told to the service only when it can no longer be undone. */

import { tell } from "./events.js";
import { notice } from "./notices.js";
import { keep, kept } from "./user.js";

const KEY = "corkboard.hidden";
const MOST = 500;
const hidden = new Set(JSON.parse(kept(KEY) ?? "[]"));
const undecided = new Map();

export const isHidden = (itemId) => hidden.has(itemId);

function remember() {
  keep(KEY, JSON.stringify([...hidden].slice(-MOST)));
}

/** Hides an item; `putBack` shows it again where it was. */
export function hide(item, surface, position, putBack) {
  const id = item.item_id;
  hidden.add(id);
  remember();
  const close = notice(`Hidden: ${item.title}. You will see less like it.`, {
    undo: () => {
      undecided.delete(id);
      hidden.delete(id);
      remember();
      putBack();
    },
    gone: () => {
      undecided.delete(id);
      tell("hide", id, surface, position);
    },
  });
  undecided.set(id, close);
}

/** Tells the hides that can still be undone: they count from here on. */
export function flushHides() {
  for (const close of [...undecided.values()]) close();
}
