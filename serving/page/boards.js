/** What the visitor's boards hold, known to the whole page: `Map` of name to the ids on it. */

import { deleteBoard, getBoard, listBoards, putOnBoard, takeOffBoard } from "./api.js";
import { know } from "./known.js";
import { keep, kept } from "./user.js";

const LAST = "corkboard.last-board";
const SEEN = "corkboard.seen-boards";
const held = new Map();
let asked = null;

/** What is on each board, latest saved first: asked once a visit, kept true afterwards; throws a `Failure`. */
export function ownBoards() {
  asked ??= readBoards().catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

async function readBoards() {
  const { boards } = await lastSeen(SEEN, listBoards);
  for (const { name, covers, item_ids: ids } of boards) {
    know(covers);
    held.set(name, new Set(ids));
  }
  changed();
  return held;
}

/** A page of a board; offline the first one as this browser saw it last. */
export async function openBoard(name, cursor, signal) {
  if (cursor) return getBoard(name, cursor, signal);
  return lastSeen(`${SEEN}.${name}`, () => getBoard(name, null, signal));
}

/** What `ask` answers, or offline what this browser saw last under `key`. */
async function lastSeen(key, ask) {
  try {
    const answer = await ask();
    keep(key, JSON.stringify(answer));
    return answer;
  } catch (error) {
    const seen = error.kind === "offline" && kept(key);
    if (!seen) throw error;
    return JSON.parse(seen);
  }
}

export const boardsOf = (itemId) => [...held].filter(([, ids]) => ids.has(itemId)).map(([name]) => name);

/** How many pictures a board holds, 0 also as long as that is not known. */
export const countOf = (name) => held.get(name)?.size ?? 0;

export const lastBoard = () => kept(LAST);

export async function addTo(name, itemId) {
  await putOnBoard(name, itemId);
  held.set(name, new Set([itemId, ...(held.get(name) ?? [])]));
  keep(LAST, name);
  changed();
}

export async function removeFrom(name, itemId) {
  await takeOffBoard(name, itemId);
  held.get(name)?.delete(itemId);
  if (!held.get(name)?.size) held.delete(name);
  changed();
}

export async function dropBoard(name) {
  try {
    await deleteBoard(name);
  } catch (error) {
    if (error.kind !== "missing") throw error; // gone already, as wished
  }
  held.delete(name);
  keep(`${SEEN}.${name}`, "");
  changed();
}

function changed() {
  dispatchEvent(new Event("boards"));
}
