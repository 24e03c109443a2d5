/** Asking first: a dialog with what would be done and what would not. */

import { button, element } from "./element.js";

/** Calls `doing` when the answer is `yes`; any other way out of the dialog is `no`, and gives the focus back to `from`. */
export function confirm({ title, words, yes, no, from }, doing) {
  if (document.querySelector("dialog[open]")) return;
  const keep = button(null, no, () => dialog.close());
  const dialog = element(
    "dialog",
    {
      class: "confirm",
      "aria-labelledby": "confirm-title",
      "aria-describedby": "confirm-words",
      onclose: closed,
      onclick: (event) => event.target === dialog && dialog.close(),
    },
    element("h2", { id: "confirm-title" }, title),
    element("p", { id: "confirm-words" }, words),
    element("div", { class: "row" }, button(null, yes, () => dialog.close(yes), { kind: "strong" }), keep),
  );

  function closed() {
    dialog.remove();
    from.focus({ preventScroll: true });
    if (dialog.returnValue === yes) doing();
  }

  document.body.append(dialog);
  dialog.showModal();
  keep.focus();
}
