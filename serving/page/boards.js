/** What the visitor's boards hold, known to the whole page: `Map` of name to the ids on it. */

import { deleteBoard, listBoards, putOnBoard, takeOffBoard } from "./api.js";
import { know } from "./known.js";
import { keep, kept } from "./user.js";

const LAST = "corkboard.last-board";
const SEEN = "corkboard.boards";
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
  for (const { name, covers, item_ids: ids } of await lastSeen()) {
    know(covers);
    held.set(name, new Set(ids));
  }
  changed();
  return held;
}

/** The boards as they are, or offline as this browser saw them last. */
async function lastSeen() {
  try {
    const { boards } = await listBoards();
    keep(SEEN, JSON.stringify(boards));
    return boards;
  } catch (error) {
    const seen = error.kind === "offline" && kept(SEEN);
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
  changed();
}

function changed() {
  dispatchEvent(new Event("boards"));
}
