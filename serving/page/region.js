/** Choosing a part of a picture by mouse, touch or keys; parts are fractions of the sides: x0, y0, x1, y1. */

import { button, element } from "./element.js";
import { say } from "./notices.js";

const WHOLE = [0, 0, 1, 1];
const LEAST = 0.06; // of a side
const STEP = 0.02;
const KEYS_MS = 450; // after the last key, the part is taken

const clamp = (value, low = 0, high = 1) => Math.min(high, Math.max(low, value));
const isWhole = (box) => box.every((side, place) => side === WHOLE[place]);

/**
 * `picture` with a part that can be chosen: `{element, stage, choose(box)}`, where the stage holds the picture;
 * `onchange(box)` has null for the whole picture, `ondrag()` is called before somebody chooses a part by hand.
 */
export function regionPicker(picture, onchange, { start = null, ondrag = () => {} } = {}) {
  const all = button("crop", "Whole picture", whole, { kind: "small" });
  const handles = ["nw", "ne", "sw", "se"].map((corner) =>
    element("span", { class: `handle ${corner}`, "data-corner": corner }),
  );
  const part = element(
    "div",
    {
      class: "part",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "part of the picture",
      "aria-describedby": "part-keys",
    },
    handles,
  );
  const stage = element("div", { class: "stage" }, picture, part);
  stage.style.setProperty("--ratio", picture.getAttribute("width") / picture.getAttribute("height"));
  const help = element("p", { class: "quiet" }, "Drag over the picture to search with a part of it.");
  const keys = element(
    "p",
    { class: "quiet keys", id: "part-keys" },
    "Arrows move the part, Shift and arrows resize it, Escape takes the whole.",
  );
  let box = start ?? [...WHOLE];
  let timer = 0;

  function draw() {
    const [x0, y0, x1, y1] = box;
    part.style.left = `${x0 * 100}%`;
    part.style.top = `${y0 * 100}%`;
    part.style.width = `${(x1 - x0) * 100}%`;
    part.style.height = `${(y1 - y0) * 100}%`;
    part.classList.toggle("whole", isWhole(box));
    all.hidden = isWhole(box);
    part.setAttribute("aria-label", described(box));
  }

  function commit() {
    clearTimeout(timer);
    say(described(box));
    onchange(isWhole(box) ? null : [...box]);
  }

  const at = (event) => {
    const area = stage.getBoundingClientRect();
    return [clamp((event.clientX - area.left) / area.width), clamp((event.clientY - area.top) / area.height)];
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    ondrag();
    part.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    const before = [...box];
    const from = at(event);
    const corner = event.target.dataset?.corner;
    const moving = !corner && event.target === part && !isWhole(box);
    const anchor = corner ? [corner.includes("w") ? box[2] : box[0], corner.includes("n") ? box[3] : box[1]] : from;
    const drag = (moved) => {
      const to = at(moved);
      box = moving ? shifted(before, to[0] - from[0], to[1] - from[1]) : between(anchor, to);
      draw();
    };
    const drop = () => {
      stage.removeEventListener("pointermove", drag);
      stage.removeEventListener("pointerup", drop);
      stage.removeEventListener("pointercancel", drop);
      if (box[2] - box[0] < LEAST || box[3] - box[1] < LEAST) box = before; // a click, or a slip
      draw();
      if (box.some((side, place) => side !== before[place])) commit();
    };
    stage.addEventListener("pointermove", drag);
    stage.addEventListener("pointerup", drop);
    stage.addEventListener("pointercancel", drop);
  });

  part.addEventListener("keydown", (event) => {
    const sides = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const side = sides[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !isWhole(box)) box = [...WHOLE];
    else if (side && isWhole(box)) box = [0.2, 0.2, 0.8, 0.8];
    else if (side && event.shiftKey) box = resized(box, side[0] * STEP, side[1] * STEP);
    else if (side) box = shifted(box, side[0] * STEP, side[1] * STEP);
    else if (event.key !== "Enter") return;
    event.preventDefault();
    ondrag();
    draw();
    clearTimeout(timer);
    timer = setTimeout(commit, event.key === "Enter" || event.key === "Escape" ? 0 : KEYS_MS);
  });

  function whole() {
    ondrag();
    choose(WHOLE);
    part.focus();
  }

  function choose(next) {
    box = [...(next ?? WHOLE)];
    draw();
    commit();
  }

  draw();
  const picker = element("div", { class: "picker" }, stage, element("div", { class: "under" }, help, all), keys);
  return { element: picker, stage, choose };
}

const between = ([ax, ay], [bx, by]) => [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];

function shifted([x0, y0, x1, y1], right, down) {
  const x = clamp(x0 + right, 0, 1 - (x1 - x0));
  const y = clamp(y0 + down, 0, 1 - (y1 - y0));
  return [x, y, x + (x1 - x0), y + (y1 - y0)];
}

const resized = ([x0, y0, x1, y1], right, down) => [
  x0,
  y0,
  clamp(x1 + right, x0 + LEAST),
  clamp(y1 + down, y0 + LEAST),
];

function described(box) {
  if (isWhole(box)) return "The whole picture";
  const [x0, y0, x1, y1] = box.map((side) => Math.round(side * 100));
  return `Part from ${x0}% to ${x1}% across and ${y0}% to ${y1}% down`;
}
