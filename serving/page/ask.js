/** Bringing a picture: dropped or pasted anywhere, or chosen in a dialog that the slash key opens. */

import { Failure } from "./api.js";
import { button, element, icon } from "./element.js";
import { notice } from "./notices.js";
import { firstPicture, readPicture } from "./picture.js";
import { go } from "./router.js";
import { setPicture } from "./search.js";

async function searchWith(file) {
  if (!file) return notice("That holds no picture. Bring a JPEG, PNG or WebP.", { kind: "failed" });
  try {
    setPicture(await readPicture(file));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return notice(error.message, { kind: "failed" });
  }
  document.querySelector("dialog.asking")?.close();
  go("#/search");
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
    element("span", {}, "or drop it here, or paste it with Control V"),
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
    openAsk();
  });
  document.querySelector("[data-ask]").addEventListener("click", openAsk);
}
