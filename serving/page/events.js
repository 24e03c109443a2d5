/** What the visitor does, told to the service: what was seen in batches, the rest at once, and again when that failed. */

import { Failure, postEvents } from "./api.js";
import { country, sessionId, userId } from "./user.js";

const EVERY_MS = 1000;
const AGAIN_MS = 5000;
const BATCH = 100; // what the service takes at once
const MOST = 500; // kept while nothing gets through

const drawn = new Map();
let queue = [];
let timer = 0;
let underWay = null;

/** Remembers how the feed came to show an item; it is sent with all that is done to the item on that surface. */
export function note(item, surface) {
  const { source, propensity } = item;
  drawn.set(`${surface} ${item.item_id}`, source && { source, ...(propensity && { propensity }) });
}

/** Notes that `action` (view, click, save or hide) was done to an item. */
export function tell(action, itemId, surface, position = null) {
  const event = {
    user_id: userId(),
    item_id: itemId,
    action,
    surface,
    time_s: Math.floor(Date.now() / 1000),
    session_id: sessionId(),
    country: country(),
    ...drawn.get(`${surface} ${itemId}`),
  };
  if (position !== null) event.position = position;
  queue = [...queue, event].slice(-MOST);
  if (action === "view") later(EVERY_MS);
  else flush(); // a browser that is busy may give a page that is left no time to send what it has kept
}

function later(ms) {
  if (timer) return;
  timer = setTimeout(flush, ms);
}

/** Sends what is noted; done when the service has it, or has refused it, or cannot be reached. */
export function flush() {
  clearTimeout(timer);
  timer = 0;
  underWay = Promise.all([underWay, send()]);
  return underWay;
}

/** Begins at once, since the page may be about to go; what did not get through waits at the front. */
async function send() {
  while (queue.length) {
    const batch = queue.slice(0, BATCH);
    queue = queue.slice(BATCH);
    try {
      await sendAll(batch);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      queue = [...batch, ...queue].slice(-MOST);
      return later(AGAIN_MS);
    }
  }
}

/** The service takes all events or none: when one is about an item that is gone, the others go one by one. */
async function sendAll(events) {
  try {
    await postEvents(events);
  } catch (error) {
    if (!(error instanceof Failure) || !["refused", "missing"].includes(error.kind)) throw error;
    if (events.length > 1) for (const event of events) await sendAll([event]);
  }
}

document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush());
addEventListener("online", flush);

const SEEN_MS = 1000;
const waiting = new WeakMap();
const told = new Set();

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const seen = waiting.get(target);
      clearTimeout(seen.timer);
      if (isIntersecting) seen.timer = setTimeout(() => wasSeen(target, seen), SEEN_MS);
    }
  },
  { threshold: 0.5 },
);

function wasSeen(target, { itemId, surface, position }) {
  watcher.unobserve(target);
  const once = `${surface} ${itemId}`;
  if (told.has(once)) return;
  told.add(once);
  tell("view", itemId, surface, position);
}

/** Tells a view once half of `target` has been on screen for a second. */
export function watchViews(target, itemId, surface, position) {
  waiting.set(target, { itemId, surface, position, timer: 0 });
  watcher.observe(target);
}
