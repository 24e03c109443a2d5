/** Saving a picture: a dialog with the boards there are, and a new one. */

import { Failure } from "./api.js";
import { addTo, boardsOf, lastBoard, ownBoards, removeFrom } from "./boards.js";
import { button, element, icon } from "./element.js";
import { notice } from "./notices.js";
import { undoable } from "./undo.js";

const LONGEST_NAME = 60;

/** Marks a save button by whether its item is on a board. */
export function showSaved(save, item) {
  const on = boardsOf(item.item_id);
  save.classList.toggle("on", on.length > 0);
  const words = save.querySelector("span");
  if (words) words.textContent = on.length ? "Saved" : "Save";
  save.setAttribute("aria-label", on.length ? `Saved ${item.title} to ${on.join(", ")}; change` : `Save ${item.title}`);
}

async function saveTo(name, item, surface) {
  await addTo(name, item.item_id);
  undoable(`Saved to ${name}.`, ["save", item.item_id, surface], () =>
    attempt(() => removeFrom(name, item.item_id)),
  );
}

async function attempt(doing) {
  try {
    await doing();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    notice(error.message, { kind: "failed" });
  }
}

/** Asks where to save `item`; the focus goes back to `from`. */
export async function openSave(item, surface, from) {
  if (document.querySelector("dialog[open]")) return;
  const name = element("input", {
    type: "text",
    maxlength: LONGEST_NAME,
    placeholder: "Name of a new board",
    "aria-label": "Name of a new board",
    autocomplete: "off",
    required: true,
  });
  const list = element(
    "ul",
    { class: "choices", role: "list" },
    element("li", { class: "quiet" }, "Looking for your boards …"),
  );
  const thumb = element("img", { src: item.picture, alt: "", width: 56, height: 56 });
  const form = element(
    "form",
    { class: "new", method: "dialog", onsubmit: create },
    name,
    element("button", { class: "button strong", type: "submit" }, icon("plus"), element("span", {}, "Save")),
  );
  const dialog = element(
    "dialog",
    { class: "saving", "aria-labelledby": "save-title", onclose: closed },
    element(
      "header",
      {},
      thumb,
      element("h2", { id: "save-title" }, "Save to a board"),
      button("close", "Close", () => dialog.close(), { quiet: true }),
    ),
    list,
    form,
  );

  function closed() {
    dialog.remove();
    from?.focus({ preventScroll: true });
  }

  function create(event) {
    event.preventDefault();
    const wanted = name.value.trim();
    if (wanted) choose(wanted);
  }

  function choose(wanted) {
    dialog.close();
    const there = boardsOf(item.item_id).includes(wanted);
    attempt(async () => {
      if (!there) return saveTo(wanted, item, surface);
      await removeFrom(wanted, item.item_id);
      notice(`Taken off ${wanted}.`, { undo: () => attempt(() => addTo(wanted, item.item_id)) });
    });
  }

  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  await attempt(async () => {
    const boards = await ownBoards();
    const last = lastBoard();
    const names = [...boards.keys()].sort((a, b) => (b === last) - (a === last) || a.localeCompare(b, undefined, { numeric: true }));
    const on = boardsOf(item.item_id);
    list.replaceChildren(
      ...names.map((known) => element("li", {}, choice(known, boards.get(known).size, on.includes(known), choose))),
    );
    (list.querySelector("button") ?? name).focus();
  });
  if (list.querySelector(".quiet")) list.replaceChildren();
}

function choice(name, count, on, choose) {
  return element(
    "button",
    { type: "button", class: "choice", "aria-pressed": String(on), onclick: () => choose(name) },
    icon(on ? "check" : "boards"),
    element("b", {}, name),
    element("small", {}, count === 1 ? "1 picture" : `${count} pictures`),
  );
}

/** Keeps the save buttons on the page true to the boards. */
export function watchSaves() {
  addEventListener("boards", () => {
    for (const save of document.querySelectorAll("[data-save]")) {
      showSaved(save, { item_id: save.dataset.save, title: save.dataset.title ?? "" });
    }
  });
}
