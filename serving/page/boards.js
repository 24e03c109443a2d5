/** What the visitor's boards hold, known to the whole page: `Map` of name to the ids on it. */

import { deleteBoard, getBoard, listBoards, putOnBoard, takeOffBoard } from "./api.js";
import { know } from "./known.js";
import { keep, kept } from "./user.js";

const LAST = "corkboard.last-board";
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
  const { boards } = await listBoards();
  const filled = await Promise.all(boards.map(({ name }) => getBoard(name)));
  for (const { name, items } of filled) held.set(name, new Set(know(items).map(({ item_id: id }) => id)));
  changed();
  return held;
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
