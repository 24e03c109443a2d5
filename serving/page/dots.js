/** Dots on the things in a picture: each is a button that opens its thing, which is outlined then. */

import { element, shape } from "./element.js";
import { middleOf, outlineOf } from "./outline.js";

/**
 * Puts a dot on every region into `stage`, which holds the picture; `onopen(region)` has null when one is closed.
 * Sizes are of the picture that regions lie in.
 */
export function dotsOn(stage, { regions, width_px, height_px }, onopen) {
  const path = shape("path");
  const whole = { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" };
  const outline = shape("svg", { class: "outline", ...whole }, path);
  const sides = [width_px, height_px, width_px, height_px];
  const buttons = regions.map((region, place) => {
    const box = region.box.map((edge, side) => edge / sides[side]);
    const [across, down] = middleOf(region.mask, box);
    const same = regions.filter(({ label }) => label === region.label);
    const number = same.length > 1 ? ` ${same.indexOf(region) + 1} of ${same.length}` : "";
    const dot = element("button", {
      type: "button",
      class: "dot",
      "aria-label": `Show matches of: ${region.label}${number}`,
      title: region.label,
      "aria-pressed": "false",
      onpointerdown: (event) => event.stopPropagation(), // the picture below may be dragged over
      onclick: () => open(dot.getAttribute("aria-pressed") === "true" ? null : place),
    });
    dot.style.left = `${across * 100}%`;
    dot.style.top = `${down * 100}%`;
    return dot;
  });

  /** Opens the thing at this place, or closes the open one. */
  function open(place) {
    show(place);
    onopen(place === null ? null : regions[place]);
  }

  function show(place) {
    buttons.forEach((dot, other) => dot.setAttribute("aria-pressed", String(other === place)));
    path.setAttribute("d", place === null ? "" : outlineOf(regions[place].mask));
  }

  const all = element("div", { class: "dots", role: "group", "aria-label": "Things in this picture" }, buttons);
  stage.append(outline, all);
  return { open, close: () => show(null) };
}
