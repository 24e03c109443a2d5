/** Filters: a chip a facet, which opens the values it can have; one value a facet. */

import { Failure, getFilters } from "./api.js";
import { element, icon } from "./element.js";

const FIRST = 6; // facets that are shown at once; the others wait behind “More”
let asked = null;

function known() {
  asked ??= getFilters().catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

async function matching(chosen, signal) {
  if (!Object.keys(chosen).length) return known();
  try {
    return await getFilters(chosen, signal);
  } catch (error) {
    if (error instanceof Failure && error.status === 422) return known(); // the board says what is wrong with them
    throw error;
  }
}

/** A bar of filters; `chosen` is changed in place and `onchange()` called. */
export function facetBar(chosen, onchange) {
  const chips = element("div", { class: "chips", role: "group", "aria-label": "Filters" });
  const panel = element("div", { class: "values", id: "values", role: "group", hidden: true });
  const bar = element("div", { class: "facets" }, chips, panel);
  let facets = {};
  let asking = null;
  let open = null;
  let all = false;

  function draw() {
    const names = [...new Set([...Object.keys(chosen), ...Object.keys(facets)])].filter((name) => name in facets);
    const few = names.filter((name, place) => all || place < FIRST || name in chosen);
    const rest = names.length - few.length;
    chips.classList.toggle("all", all);
    chips.replaceChildren(
      ...few.map(facetChip),
      ...(names.length > FIRST && (all || rest) ? [moreChip(rest)] : []),
      ...(Object.keys(chosen).length
        ? [element("button", { type: "button", class: "chip clear", onclick: clear }, "Clear")]
        : []),
    );
    drawPanel();
  }

  function moreChip(rest) {
    const words = all ? "Fewer" : `${rest} more`;
    return element("button", { type: "button", class: "chip more", "aria-expanded": String(all), onclick: more }, words);
  }

  function facetChip(name) {
    const value = chosen[name];
    const words = value ? [`${plain(name)}: `, element("b", { dir: "auto" }, value)] : [plain(name)];
    return element(
      "button",
      {
        type: "button",
        class: "chip",
        "data-facet": name,
        "aria-expanded": String(open === name),
        "aria-controls": "values",
        "data-on": value ? "" : null,
        onclick: () => toggle(name),
      },
      value && name === "colour" ? swatch(value) : null,
      element("span", {}, ...words),
      icon("down"),
    );
  }

  function drawPanel() {
    panel.hidden = !open;
    if (!open) return panel.replaceChildren();
    panel.setAttribute("aria-label", plain(open));
    panel.replaceChildren(
      ...withChosen(facets[open], chosen[open]).map(({ value, count }) =>
        element(
          "button",
          {
            type: "button",
            class: "chip value",
            "aria-pressed": String(chosen[open] === value),
            "data-value": value,
            onclick: () => choose(value),
          },
          open === "colour" ? swatch(value) : null,
          element("bdi", {}, value),
          element("small", {}, String(count)),
        ),
      ),
    );
  }

  function refocus(selector, options) {
    (bar.querySelector(selector) ?? bar.querySelector("[data-facet]"))?.focus(options);
  }

  /** Asks what there is with what is chosen now; until then the bar stays as it is. */
  async function ask() {
    asking?.abort();
    const { signal } = (asking = new AbortController());
    try {
      const answer = await matching(chosen, signal);
      if (signal.aborted) return;
      facets = offered(answer, chosen);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      if (error.kind === "locked" || Object.keys(facets).length) return; // the board says why
      chips.replaceChildren(element("p", { class: "quiet" }, "Filters are not available right now."));
      return;
    }
    const held = bar.contains(document.activeElement) ? selectorOf(document.activeElement) : null;
    if (!(open in facets)) open = null;
    draw();
    if (held) refocus(held, { preventScroll: true }); // one may have scrolled on meanwhile
  }

  function toggle(name) {
    open = open === name ? null : name;
    draw();
    refocus(`[data-facet="${CSS.escape(name)}"]`);
  }

  function more() {
    all = !all;
    open = null;
    draw();
    if (all) chips.querySelectorAll("[data-facet]")[FIRST]?.focus();
    else refocus(".more");
  }

  /** Chooses a value of a facet, or none. */
  function set(name, value) {
    if (value === null) delete chosen[name];
    else chosen[name] = value;
    open = null;
    draw();
    ask();
    onchange();
  }

  function choose(value) {
    const name = open;
    set(name, chosen[name] === value ? null : value);
    refocus(`[data-facet="${CSS.escape(name)}"]`);
  }

  function clear() {
    for (const name of Object.keys(chosen)) delete chosen[name];
    open = null;
    draw();
    refocus("[data-facet]");
    ask();
    onchange();
  }

  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    toggle(open);
  });

  ask();
  return { element: bar, clear, set };
}

const FAMILIAR = ["category", "colour", "color", "pattern", "style"];

/** Facets that are chosen or have something to choose from: those that people know first, then by how many have them. */
function offered(answer, chosen) {
  const total = (values) => values.reduce((sum, { count }) => sum + count, 0);
  const all = { ...Object.fromEntries(Object.keys(chosen).map((name) => [name, []])), ...answer };
  const useful = Object.entries(all).filter(([name, values]) => values.length > 1 || name in chosen);
  const rank = (name) => (FAMILIAR.includes(name) ? FAMILIAR.indexOf(name) : FAMILIAR.length);
  useful.sort(([a, left], [b, right]) => rank(a) - rank(b) || total(right) - total(left));
  return Object.fromEntries(useful);
}

/** What is chosen can be taken back, also where nothing has it. */
const withChosen = (values, value) =>
  !value || values.some((entry) => entry.value === value) ? values : [{ value, count: 0 }, ...values];

function selectorOf({ dataset, classList }) {
  if ("facet" in dataset) return `[data-facet="${CSS.escape(dataset.facet)}"]`;
  if ("value" in dataset) return `[data-value="${CSS.escape(dataset.value)}"]`;
  return classList.contains("more") ? ".more" : ".clear";
}

/** A name of a column as people read it. */
export const plain = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

/** A dot of a colour, or of many where a browser does not know its name. */
export function swatch(colour) {
  const dot = element("i", { class: "swatch", "aria-hidden": "true" });
  if (CSS.supports("color", colour)) dot.style.backgroundColor = colour;
  else dot.classList.add("many");
  return dot;
}
