/** What can be undone for a while: told to the service only when it no longer can. */

import { tell } from "./events.js";
import { notice } from "./notices.js";

const undecided = new Set();

/** Says `words` with a button that undoes; `event` is what `tell` takes, once it stays done. */
export function undoable(words, event, undo) {
  const close = notice(words, {
    undo: () => {
      undecided.delete(close);
      undo();
    },
    gone: () => {
      undecided.delete(close);
      tell(...event);
    },
  });
  undecided.add(close);
}

/** Tells what could still be undone: it counts from here on. */
export function decide() {
  for (const close of [...undecided]) close();
}
