/** A picture's page: what it is, what to do with it, and pictures that go with it, with the reason. */

import { Failure, getItem, getRelated, shopTheLook } from "./api.js";
import { button, element, icon } from "./element.js";
import { tell } from "./events.js";
import { feed } from "./feed.js";
import { hide } from "./hide.js";
import { know } from "./known.js";
import { goesWith, seenIn, things } from "./look.js";
import { makeButtons } from "./make.js";
import { has } from "./parts.js";
import { address, go, heading } from "./router.js";
import { openSave, showSaved } from "./save.js";
import { emptyState, failedState } from "./states.js";

const REASONS = { looks_alike: "eye", saved_together: "save" };

export function itemView({ path }, from) {
  const [, id] = path;
  const body = element(
    "div",
    { class: "view item", "aria-busy": "true" },
    heading("Picture", "visually-hidden"),
    element("div", { class: "sheet waiting" }, element("div", { class: "frame" })),
  );
  const view = { title: "Picture", place: null, element: body };
  const load = async () => {
    try {
      const [found, parse, complete, make] = await Promise.all([getItem(id), has("parse"), has("complete"), has("make")]);
      const [item] = know([found]);
      view.title = item.title;
      if (body.isConnected) document.title = `${item.title} · Corkboard`;
      body.replaceChildren(...shown(item, from, { parse, complete, make }), related(item));
      if (document.activeElement === document.body) body.querySelector("h1").focus({ preventScroll: true });
      tell("click", id, from ?? "link");
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      body.replaceChildren(heading("Picture", "visually-hidden"), failedState(error, load));
    }
    body.removeAttribute("aria-busy");
  };
  load();
  return view;
}

/** The item, and what there is beside what looks like it: things in a scene, or what completes a thing. */
function shown(item, from, { parse, complete, make }) {
  const isScene = !item.category;
  const look = (isScene ? parse : complete) && shopTheLook({ itemId: item.item_id });
  const whole = sheet(item, from);
  if (make && !isScene) whole.querySelector("[data-save]").parentElement.after(element("div", { class: "row" }, makeButtons(item)));
  if (look && isScene) whole.querySelector(".about").append(things(whole.querySelector(".frame"), look));
  return [
    whole,
    look && complete && goesWith(isScene ? "Goes well with" : "Complete the look", look),
    !isScene && parse && seenIn(item),
  ].filter(Boolean);
}

function sheet(item, from) {
  const picture = element("img", {
    src: item.picture,
    alt: item.title,
    width: item.width_px,
    height: item.height_px,
    fetchpriority: "high",
    class: "here",
  });
  const frame = element("div", { class: "frame" }, picture);
  picture.addEventListener("error", () => frame.classList.add("broken"), { once: true });
  frame.style.backgroundColor = item.dominant;
  frame.style.setProperty("--ratio", item.width_px / item.height_px);
  const save = button("save", "Save", () => openSave(item, "item", save), { kind: "strong" });
  save.dataset.save = item.item_id;
  save.dataset.title = item.title;
  showSaved(save, item);
  const away = () => {
    hide(item, "item", null, () => go(address(["item", item.item_id]), "item"));
    if (from) history.back();
    else go("#/");
  };
  const facts = Object.entries({ category: item.category, ...item.attributes }).filter(([, value]) => value);
  return element(
    "div",
    { class: "sheet" },
    frame,
    element(
      "div",
      { class: "about" },
      element(
        "div",
        { class: "row between" },
        button("back", "Back", () => (from ? history.back() : go("#/")), { kind: "small back" }),
        button("hide", "Hide this picture", away, { quiet: true }),
      ),
      heading(item.title),
      item.description && element("p", { class: "description", dir: "auto" }, item.description),
      element(
        "div",
        { class: "row" },
        save,
        element(
          "a",
          { class: "button", href: address(["search", item.item_id]), "data-surface": "item" },
          icon("crop"),
          element("span", {}, "Search with a part"),
        ),
      ),
      element(
        "dl",
        { class: "facts" },
        facts.map(([name, value]) =>
          element(
            "div",
            {},
            element("dt", {}, name),
            element("dd", {}, element("a", { href: address([], { [name]: value }), "data-surface": "item", dir: "auto" }, value)),
          ),
        ),
      ),
    ),
  );
}

function related(item) {
  const board = feed({
    label: "Pictures that go with it",
    surface: "related",
    load: async (_, signal) => ({ ...(await getRelated(item.item_id, signal)), cursor: null }),
    reason: whyRelated,
    empty: () => emptyState("Nothing goes with it yet", "Come back when more pictures are here."),
  });
  return element("div", { class: "more" }, element("h2", {}, "More like this"), board.element);
}

function whyRelated({ because }) {
  if (!because) return null;
  const { kind, text } = Array.isArray(because) ? (because[0] ?? {}) : because;
  return text ? element("p", { class: "reason" }, icon(REASONS[kind] ?? "eye"), element("span", {}, text)) : null;
}
