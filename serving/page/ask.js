/** Bringing a picture: dropped or pasted anywhere, or chosen or pasted in a dialog; the slash key searches. */

import { Failure } from "./api.js";
import { button, element, icon } from "./element.js";
import { focusField } from "./field.js";
import { notice } from "./notices.js";
import { firstPicture, readPicture } from "./picture.js";
import { go } from "./router.js";
import { setPicture } from "./search.js";

async function searchWith(file) {
  if (!file) return refuse("That holds no picture. Bring a JPEG, PNG or WebP.");
  try {
    setPicture(await readPicture(file));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return refuse(error.message);
  }
  document.querySelector("dialog.asking")?.close();
  go("#/search");
}

/** Says why not where one looks: in the dialog, which covers the messages, when it is open. */
function refuse(words) {
  const place = document.querySelector("dialog.asking .wrong");
  if (place) place.textContent = words;
  else notice(words, { kind: "failed" });
}

async function pasted() {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((name) => name.startsWith("image/"));
      if (type) return searchWith(await item.getType(type));
    }
    searchWith(undefined);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    refuse("The browser does not let this page read what you copied. Choose the picture instead.");
  }
}

function openAsk() {
  if (document.querySelector("dialog[open]")) return;
  const input = element("input", {
    type: "file",
    accept: "image/*",
    id: "picture",
    class: "visually-hidden",
    onchange: () => searchWith(input.files[0]),
  });
  const choose = element(
    "label",
    { class: "target", for: "picture" },
    icon("camera"),
    element("b", {}, "Choose a picture"),
    element("span", {}, "or drop it here"),
  );
  const dialog = element(
    "dialog",
    { class: "asking", "aria-labelledby": "ask-title", onclose: () => dialog.remove() },
    element(
      "header",
      {},
      element("h2", { id: "ask-title" }, "Search with a picture"),
      button("close", "Close", () => dialog.close(), { quiet: true }),
    ),
    input,
    choose,
    navigator.clipboard?.read && button("paste", "Paste a copied picture", pasted),
    element("p", { class: "wrong", role: "alert" }),
    element("p", { class: "quiet" }, "It is made smaller in your browser and used for this search only."),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
}

const typing = (target) => target.matches?.("input:not([type=file]), textarea, [contenteditable]");

/** Listens for drops, pastes and the slash key on the whole page. */
export function watchPictures() {
  const sign = document.querySelector("[data-drop]");
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const inside = (by) => {
    depth = Math.max(0, depth + by);
    sign.hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => brings(event) && inside(1));
  addEventListener("dragleave", (event) => brings(event) && inside(-1));
  addEventListener("dragover", (event) => brings(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    inside(-Infinity);
    searchWith(firstPicture(event.dataTransfer.files));
  });
  addEventListener("paste", (event) => {
    if (typing(event.target)) return;
    const files = event.clipboardData?.files ?? [];
    if (!files.length) return;
    event.preventDefault();
    searchWith(firstPicture(files));
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    event.preventDefault();
    if (!focusField()) openAsk();
  });
  document.querySelector("[data-ask]").addEventListener("click", openAsk);
}
