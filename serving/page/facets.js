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

/** A bar of filters; `chosen` is changed in place and `onchange()` called. */
export function facetBar(chosen, onchange) {
  const chips = element("div", { class: "chips", role: "group", "aria-label": "Filters" });
  const panel = element("div", { class: "values", id: "values", role: "group", hidden: true });
  const bar = element("div", { class: "facets" }, chips, panel);
  let facets = {};
  let open = null;
  let all = false;

  function draw() {
    const names = Object.keys(facets);
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
    const words = value ? [`${plain(name)}: `, element("b", {}, value)] : [plain(name)];
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
      ...facets[open].map(({ value, count }) =>
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
          element("span", {}, value),
          element("small", {}, String(count)),
        ),
      ),
    );
  }

  function refocus(selector) {
    bar.querySelector(selector)?.focus();
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

  function choose(value) {
    const name = open;
    if (chosen[name] === value) delete chosen[name];
    else chosen[name] = value;
    open = null;
    draw();
    refocus(`[data-facet="${CSS.escape(name)}"]`);
    onchange();
  }

  function clear() {
    for (const name of Object.keys(chosen)) delete chosen[name];
    open = null;
    draw();
    refocus("[data-facet]");
    onchange();
  }

  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    toggle(open);
  });

  known().then(
    (answer) => {
      facets = ordered(answer);
      draw();
    },
    (error) => {
      if (!(error instanceof Failure)) throw error;
      if (error.kind === "locked") return; // the board asks for the key
      chips.replaceChildren(element("p", { class: "quiet" }, "Filters are not available right now."));
    },
  );
  return { element: bar, clear };
}

const FAMILIAR = ["category", "colour", "color", "pattern", "style"];

/** Facets with something to choose from: those that people know first, then those that most items have. */
function ordered(answer) {
  const total = (values) => values.reduce((sum, { count }) => sum + count, 0);
  const useful = Object.entries(answer).filter(([, values]) => values.length > 1);
  const rank = (name) => (FAMILIAR.includes(name) ? FAMILIAR.indexOf(name) : FAMILIAR.length);
  useful.sort(([a, left], [b, right]) => rank(a) - rank(b) || total(right) - total(left));
  return Object.fromEntries(useful);
}

const plain = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

function swatch(colour) {
  const dot = element("i", { class: "swatch", "aria-hidden": "true" });
  if (CSS.supports("color", colour)) dot.style.backgroundColor = colour;
  else dot.classList.add("many");
  return dot;
}
