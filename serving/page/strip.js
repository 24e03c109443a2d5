/** A row of small pictures that scrolls sideways. */

import { element } from "./element.js";
import { watchViews } from "./events.js";
import { isHidden } from "./hide.js";
import { know } from "./known.js";
import { address } from "./router.js";

/** A list of `items`; `mark(item)` is the part of its picture that counts, in shares of its sides, or null. */
export function strip(label, items, surface, mark = () => null) {
  const cards = know(items)
    .filter((item) => !isHidden(item.item_id))
    .map((item, position) => {
      const card = element(
        "li",
        { "data-item": item.item_id },
        element(
          "a",
          { class: "small", href: address(["item", item.item_id]), "data-surface": surface, title: item.title },
          frame(item, mark(item)),
        ),
      );
      watchViews(card, item.item_id, surface, position);
      return card;
    });
  return element("ul", { class: "strip", role: "list", "aria-label": label }, cards);
}

function frame(item, part) {
  const picture = element("img", {
    src: item.picture,
    alt: item.title,
    width: item.width_px,
    height: item.height_px,
    loading: "lazy",
    decoding: "async",
    draggable: "false",
  });
  const whole = element("span", { class: "thumb" }, picture, part && element("span", { class: "mark" }));
  whole.style.backgroundColor = item.dominant;
  whole.style.aspectRatio = `${item.width_px} / ${item.height_px}`;
  if (part) {
    const [x0, y0, x1, y1] = part.map((share) => `${share * 100}%`);
    const box = whole.lastChild.style;
    [box.left, box.top] = [x0, y0];
    box.width = `calc(${x1} - ${x0})`;
    box.height = `calc(${y1} - ${y0})`;
  }
  picture.addEventListener("error", () => whole.classList.add("broken"), { once: true });
  return whole;
}

/** What stands there until the pictures are known, as high as they will be. */
export const ghostStrip = () =>
  element(
    "ul",
    { class: "strip waiting", "aria-hidden": "true" },
    Array.from({ length: 5 }, () => element("li", {}, element("span", { class: "thumb" }))),
  );
