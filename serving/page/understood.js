/** What a text was taken to mean: a line that says what is searched, and a chip for each thing that it names. */

import { element, icon } from "./element.js";
import { plain, swatch } from "./facets.js";

/**
 * `said` is the element that says what is searched, after `lead`. `filters` are those that are chosen now; a chip
 * calls `set(name, value)` to choose its own, with null to take it off.
 */
export function understood(said, lead, filters, set) {
  const chips = element("div", { class: "meant", role: "group", "aria-label": "Understood", hidden: true });
  const line = element("div", { class: "understood" }, said, chips);
  let searched = null;
  let named = [];

  function tell(corrected) {
    const instead = corrected ? [" instead of ", element("bdi", {}, searched)] : [];
    said.replaceChildren(lead, element("bdi", { class: "text" }, corrected || searched), ...instead);
  }

  function show(found) {
    if (JSON.stringify(found) === JSON.stringify(named)) return; // one of them may have the focus
    named = found;
    chips.hidden = !named.length;
    chips.replaceChildren(...named.map(chip));
  }

  function chip({ name, value, words }) {
    const toggle = () => set(name, filters[name] === value ? null : value);
    return element(
      "button",
      { type: "button", class: "chip", title: words && `You typed: ${words}`, onclick: toggle },
      name === "colour" ? swatch(value) : null,
      element("span", {}, `${plain(name)}: `, element("bdi", {}, value)),
      icon("plus"),
    );
  }

  function mark() {
    named.forEach(({ name, value }, place) => {
      chips.children[place].setAttribute("aria-pressed", String(filters[name] === value));
    });
  }

  return {
    element: line,
    /** A search for `text` begins, which may be empty, with the filters of now. */
    asked(text) {
      line.hidden = !text;
      if (text !== searched) {
        searched = text;
        show([]);
        tell(null);
      }
      mark();
    },
    /** The answer to it is there; returns what a screen reader should know of it. */
    answered({ understood: found, corrected }) {
      tell(corrected);
      show(found);
      mark();
      return corrected ? `Results for ${corrected} instead of ${searched}. ` : "";
    },
  };
}
