/** A board that loads more as one scrolls: waiting, empty, failing and at its end. */

import { hideAdvertiser, watchAd } from "./ad.js";
import { Failure } from "./api.js";
import { cardOf, ghost } from "./card.js";
import { element } from "./element.js";
import { note, watchViews } from "./events.js";
import { hide, isHidden } from "./hide.js";
import { know } from "./known.js";
import { masonry } from "./masonry.js";
import { say } from "./notices.js";
import { rove } from "./roving.js";
import { degradedNote, failedState, reorderedNote } from "./states.js";

const AHEAD_PX = 900; // of what is on screen, more is asked for
const EAGER = 10; // pictures that are on the first screen
const GHOST_ROWS = 3;

/**
 * `load(cursor, signal)` answers `{items, cursor, degraded?}`; `reason(item)` makes the line below a card;
 * `empty()` makes what stands there when there is nothing; `onanswer(answer)` sees the first answer, and
 * returns what is to be said of it, if anything;
 * `onremove(item, putBack)` replaces hiding; `refused()` makes what helps when the service does not take what was asked.
 */
export function feed({ label, surface, load, empty, reason = null, onanswer = null, onremove = null, refused = null }) {
  const list = element("ul", { class: "masonry", role: "list", "aria-label": label, "aria-busy": "true" });
  const notes = element("div", { class: "notes" });
  const end = element("div", { class: "end" });
  const whole = element("section", { class: "feed", "aria-label": label }, notes, list, end);
  const board = masonry(list);
  const keys = rove(list);
  let cursor = null;
  let shown = new Set();
  let loading = null;
  let done = false;

  // a browser that is busy tells of several changes at once; the last is how it is now
  const sentinel = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && more(), {
    rootMargin: `${AHEAD_PX}px 0px`,
  });

  function removed(card, item) {
    const after = card.nextElementSibling;
    keys.leave(card);
    card.remove();
    board.lay();
    keys.check();
    const putBack = () => {
      list.insertBefore(card, after?.isConnected ? after : null);
      board.lay();
      card.querySelector("a").focus();
    };
    if (onremove) return onremove(item, putBack);
    if (item.ad) return hideAdvertiser(item.ad);
    hide(item, surface, Number(card.dataset.position), putBack);
  }

  function wait() {
    const count = shown.size ? board.columns() : board.columns() * GHOST_ROWS;
    board.place(Array.from({ length: count }, (_, number) => ghost(number)));
    list.setAttribute("aria-busy", "true");
  }

  function arrived(items) {
    for (const waiting of list.querySelectorAll(".ghost")) waiting.remove();
    list.setAttribute("aria-busy", "false");
    const fresh = know(items).filter((item) => !shown.has(item.item_id) && (onremove || !isHidden(item.item_id)));
    const cards = fresh.map((item) => {
      const position = shown.size;
      shown.add(item.item_id);
      const made = cardOf(item, {
        surface,
        reason: reason?.(item),
        eager: position < EAGER,
        onhide: removed,
        onremove: onremove && removed,
      });
      made.card.dataset.position = position;
      if (!item.ad) note(item, surface);
      if (item.ad) watchAd(made.card, item.ad);
      else watchViews(made.card, item.item_id, surface, position);
      return made;
    });
    board.place(cards);
    keys.check();
    return fresh.length;
  }

  async function more() {
    if (loading || done) return;
    const first = cursor === null;
    const asking = (loading = new AbortController());
    end.replaceChildren();
    wait();
    try {
      const answer = await load(cursor, asking.signal);
      if (asking.signal.aborted) return;
      cursor = answer.cursor;
      done = cursor === null || cursor === undefined;
      notes.replaceChildren(...(answer.degraded?.length ? [degradedNote(answer.degraded)] : []));
      if (answer.reordered) notes.append(reorderedNote(answer.reordered));
      const count = arrived(answer.items);
      const about = (first && onanswer?.(answer)) || "";
      say(first ? `${about}${count} pictures.` : `${count} more pictures.`);
      if (done && !shown.size) end.replaceChildren(empty());
      else if (done && shown.size > 8) end.replaceChildren(element("p", { class: "last" }, "That is everything here."));
    } catch (error) {
      if (asking.signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      arrived([]);
      end.replaceChildren(failedState(error, again, refused?.()));
    } finally {
      if (loading === asking) loading = null;
    }
    if (!done && !end.firstChild) resee();
  }

  /** The observer tells of changes only: what is still in view after loading is asked again. */
  function resee() {
    sentinel.unobserve(end);
    sentinel.observe(end);
  }

  function again() {
    end.replaceChildren();
    more();
  }

  /** Takes out what was hidden elsewhere while this board was left. */
  function entered() {
    if (onremove) return;
    for (const card of list.querySelectorAll("[data-item]")) if (isHidden(card.dataset.item)) card.remove();
    board.lay();
    keys.check();
  }

  whole.addEventListener("entered", entered);
  sentinel.observe(end);

  return {
    element: whole,
    /** Starts over, for other filters or another picture. */
    restart() {
      loading?.abort();
      loading = null;
      done = false;
      cursor = null;
      shown = new Set();
      list.replaceChildren();
      end.replaceChildren();
      notes.replaceChildren();
      more();
    },
  };
}
