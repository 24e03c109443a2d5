/** Short messages: on screen for a while, and said to a screen reader. */

import { button, element } from "./element.js";

const SHOWN_MS = 7000;

/** Says `words` to a screen reader only. */
export function say(words) {
  const said = document.querySelector("[data-said]");
  said.textContent = said.textContent === words ? `${words}\u00a0` : words; // the same words again are said again
}

/** Shows `words`, with a button that undoes; `gone` is called when they go without having been undone; returns what closes them. */
export function notice(words, { undo = null, gone = null, kind = "" } = {}) {
  const shown = element("div", { class: `notice ${kind}`.trim() }, element("p", {}, words));
  let left_ms = SHOWN_MS;
  let since_ms = 0;
  let timer = 0;
  const end = (undone) => {
    clearTimeout(timer);
    if (!shown.isConnected) return;
    shown.remove();
    if (undone) undo();
    else gone?.();
  };
  const run = () => {
    since_ms = performance.now();
    timer = setTimeout(end, left_ms, false);
  };
  const wait = () => {
    clearTimeout(timer);
    left_ms = Math.max(1000, left_ms - (performance.now() - since_ms));
  };
  if (undo) {
    shown.append(
      button(
        null,
        "Undo",
        () => {
          end(true);
          say("Undone.");
        },
        { kind: "undo" },
      ),
    );
  }
  shown.append(button("close", "Close this message", () => end(false), { quiet: true }));
  shown.addEventListener("pointerenter", wait);
  shown.addEventListener("pointerleave", run);
  shown.addEventListener("focusin", wait);
  shown.addEventListener("focusout", run);
  const place = document.querySelector("[data-notices]");
  place.append(shown);
  while (place.children.length > (innerWidth < 760 ? 1 : 2)) place.firstChild.querySelector(".round").click();
  say(undo ? `${words} Press Control Z to undo.` : words);
  run();
  return () => end(false);
}

/** Control Z undoes what the last message offers. */
export function watchUndo() {
  addEventListener("keydown", (event) => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.target.matches("input, textarea")) return;
    const last = [...document.querySelectorAll(".notice .undo")].pop();
    if (!last) return;
    event.preventDefault();
    last.click();
  });
}
