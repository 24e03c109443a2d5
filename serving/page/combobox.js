/** A field with suggestions below it, as the ARIA pattern “combobox with a list” has them: the focus stays in the field. */

import { Failure } from "./api.js";
import { element, icon } from "./element.js";
import { say } from "./notices.js";

const PAUSE_MS = 120; // after the last key, suggestions are asked for
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/**
 * Makes `input` a combobox: `{list, open(), close()}`, where the list is to stand in the page.
 * `ask(text, signal)` answers texts; `onchoose(text)` is called when one of them is chosen.
 */
export function combobox(input, { label, ask, onchoose }) {
  const list = element("ul", {
    class: "options",
    role: "listbox",
    id: "options",
    "aria-label": label,
    hidden: true,
    onpointerdown: (event) => event.preventDefault(), // the field keeps the focus
  });
  let texts = [];
  let active = -1;
  let asking = null;
  let timer = 0;

  for (const [name, value] of Object.entries({
    role: "combobox",
    autocomplete: "off",
    "aria-autocomplete": "list",
    "aria-controls": "options",
    "aria-expanded": "false",
  }))
    input.setAttribute(name, value);

  function show(found) {
    texts = found;
    list.replaceChildren(...texts.map(option));
    list.hidden = !texts.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
  }

  function option(text, place) {
    const known = { role: "option", id: `option-${place}`, "aria-selected": "false", dir: "auto" };
    return element("li", { ...known, onclick: () => onchoose(text) }, icon("search"), element("span", {}, text));
  }

  function mark(place) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = place;
    if (active < 0) return input.removeAttribute("aria-activedescendant");
    const chosen = list.children[active];
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    return input.setAttribute("aria-activedescendant", chosen.id);
  }

  function close() {
    clearTimeout(timer);
    asking?.abort();
    show([]);
  }

  /** Asks for what fits the field as it is now; an earlier answer that is still on its way is dropped. */
  async function open() {
    clearTimeout(timer);
    asking?.abort();
    const { signal } = (asking = new AbortController());
    try {
      const found = await ask(input.value, signal);
      if (signal.aborted) return;
      show(found);
      say(found.length === 1 ? "1 suggestion." : `${found.length || "No"} suggestions.`);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      close(); // what is typed can be searched all the same
    }
  }

  function typed() {
    mark(-1);
    clearTimeout(timer);
    timer = setTimeout(open, PAUSE_MS);
  }

  input.addEventListener("input", (event) => !event.isComposing && typed());
  input.addEventListener("compositionend", typed); // what was spelled out has become a word only now
  input.addEventListener("click", () => list.hidden && open());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key in STEPS) {
      const places = texts.length + 1; // the field itself is one of them
      if (list.hidden) open();
      else mark(((active + 1 + STEPS[event.key] + places) % places) - 1);
    } else if (event.key === "Escape" && !list.hidden) close();
    else if (event.key === "Enter" && active >= 0) onchoose(texts[active]);
    else return;
    event.preventDefault();
  });

  return { list, open, close };
}
