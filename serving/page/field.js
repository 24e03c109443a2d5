/** The search field at the top: words first. It is there where a system finds by words; without one, pictures only. */

import { suggest } from "./api.js";
import { combobox } from "./combobox.js";
import { element, icon } from "./element.js";
import { has } from "./parts.js";
import { address, go, goInstead } from "./router.js";

export const LONGEST = 1000; // letters that the service takes

let input = null;
let shown = "";

/** Keeps the field true to the place that is shown: the text that it searches for, or none. */
export function showText(text) {
  shown = text;
  if (input) input.value = text;
}

/** Goes to the field; false where there is none. */
export function focusField() {
  input?.focus();
  input?.select();
  return Boolean(input);
}

/** Puts the field where the button for pictures is, as large as that, and the button into it. */
export async function offerField() {
  if (!(await has("find"))) return;
  const ask = document.querySelector("[data-ask]");
  const hadFocus = document.activeElement === ask;
  input = element("input", {
    type: "search",
    "aria-label": "Search",
    "aria-keyshortcuts": "/",
    autocapitalize: "none",
    enterkeyhint: "search",
    spellcheck: "false",
    dir: "auto",
    maxlength: LONGEST,
    placeholder: "Search",
  });
  input.value = shown;
  const suggestions = combobox(input, { label: "Suggestions", ask: suggest, onchoose: search });
  const form = element("form", { class: "words", role: "search", onsubmit }, icon("search"), input, suggestions.list);

  function onsubmit(event) {
    event.preventDefault();
    search(input.value);
  }

  function search(text) {
    const wanted = text.trim();
    if (!wanted) return suggestions.open();
    suggestions.close();
    const place = address(["search"], { q: wanted });
    return location.hash === place ? goInstead(place) : go(place);
  }

  ask.replaceWith(form);
  input.after(ask);
  ask.className = "button round";
  ask.removeAttribute("aria-keyshortcuts");
  ask.setAttribute("aria-label", "Search with a picture");
  ask.title = "Search with a picture";
  ask.replaceChildren(icon("camera"));
  if (hadFocus) input.focus();
}
