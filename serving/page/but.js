/** A field for what should be otherwise than in a picture: “longer”, “in red”. */

import { element, icon } from "./element.js";
import { LONGEST } from "./field.js";

/** `onchange(text)` is called with what is asked for, or with an empty text once the field is emptied. */
export function butField(text, onchange) {
  const input = element("input", {
    type: "search",
    id: "but",
    value: text,
    autocomplete: "off",
    autocapitalize: "none",
    enterkeyhint: "search",
    dir: "auto",
    maxlength: LONGEST,
    placeholder: "longer, in red …",
    oninput: () => input.value || onchange(""),
  });
  return element(
    "form",
    {
      class: "but",
      role: "search",
      "aria-label": "Search for something else than this",
      onsubmit: (event) => {
        event.preventDefault();
        onchange(input.value.trim());
      },
    },
    element("label", { for: "but" }, "Like this, but"),
    input,
    element("button", { type: "submit", class: "button round", "aria-label": "Search", title: "Search" }, icon("search")),
  );
}
