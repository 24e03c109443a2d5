/** A picture on a board: opens its page, can be saved and hidden; its place is reserved before the picture is there. */

import { element, icon } from "./element.js";
import { address } from "./router.js";
import { openSave, showSaved } from "./save.js";

const CAPTION_PX = 44;
const REASON_PX = 24;

/** `{card, ratio, below_px}` of an item; `onhide(card)` is called when it is hidden, `reason` is a line below it. */
export function cardOf(item, { surface, reason = null, eager = false, onhide = null, onremove = null }) {
  const picture = element("img", {
    src: item.picture,
    alt: item.title,
    width: item.width_px,
    height: item.height_px,
    loading: eager ? "eager" : "lazy",
    fetchpriority: eager ? "high" : null,
    elementtiming: eager ? "picture" : null,
    decoding: "async",
    draggable: "false",
  });
  const frame = element("span", { class: "frame" }, picture);
  frame.style.backgroundColor = item.dominant;
  picture.addEventListener("load", () => picture.classList.add("here"), { once: true });
  picture.addEventListener("error", () => frame.classList.add("broken"), { once: true });

  const save = action("save", `Save ${item.title}`, () => openSave(item, surface, save));
  save.dataset.save = item.item_id;
  save.dataset.title = item.title;
  showSaved(save, item);
  const away = onremove
    ? action("close", `Take ${item.title} off this board`, () => onremove(card, item))
    : action("hide", item.ad ? `Hide ads of ${item.ad.advertiser_id}` : `Hide ${item.title}`, () => onhide(card, item));

  const card = element(
    "li",
    { class: "card", "data-item": item.item_id },
    element(
      "a",
      { class: "open", href: address(["item", item.item_id]), "data-surface": surface, tabindex: "-1" },
      frame,
    ),
    element("div", { class: "caption" }, element("p", { class: "title", dir: "auto", "aria-hidden": "true" }, item.title), away),
    save,
    reason,
  );
  return { card, ratio: item.height_px / item.width_px, below_px: CAPTION_PX + (reason ? REASON_PX : 0) };
}

function action(name, words, onclick) {
  return element(
    "button",
    { type: "button", class: `act ${name}`, "aria-label": words, title: words, tabindex: "-1", onclick },
    icon(name),
  );
}

/** A place where a card is about to be. */
export function ghost(number) {
  const ratio = [1.1, 0.8, 1.35, 1, 0.9, 1.25][number % 6];
  const card = element("li", { class: "card ghost", "aria-hidden": "true" }, element("span", { class: "frame" }));
  return { card, ratio, below_px: CAPTION_PX };
}
