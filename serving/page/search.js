/** Pictures that look like one, or like a part of it, or like it but for what words say: of an upload or of an item. */

import { Failure, searchPictures, shopTheLook } from "./api.js";
import { butField } from "./but.js";
import { dotsOn } from "./dots.js";
import { button, element } from "./element.js";
import { filteredFeed } from "./filtered.js";
import { lookUp } from "./known.js";
import { goesWith } from "./look.js";
import { has } from "./parts.js";
import { regionPicker } from "./region.js";
import { heading } from "./router.js";
import { emptyState, failedState } from "./states.js";
import { understood } from "./understood.js";

let brought = null; // the upload of this visit; it is nowhere else

/** Takes `picture`, from `readPicture`, for the next search. */
export function setPicture(picture) {
  brought = picture;
}

export function searchView({ path, query }) {
  const [, itemId = null] = path;
  const view = element("div", { class: "view" });
  const place = { title: "Search", place: null, element: view };
  if (!itemId && !brought) {
    view.append(
      heading("Search with a picture", "visually-hidden"),
      emptyState(
        "Which picture?",
        "Drop one here, paste one, or choose one. A picture that you bring is forgotten when the page is closed.",
        button("camera", "Choose a picture", () => document.querySelector("[data-ask]").click(), { kind: "strong" }),
      ),
    );
  } else if (itemId) {
    view.append(heading("Looks like this", "visually-hidden"));
    Promise.all([lookUp(itemId), has("find")]).then(
      ([item]) =>
        fill(
          view,
          {
            itemId,
            url: item.picture,
            words: item.title,
            width_px: item.width_px,
            height_px: item.height_px,
            isThing: Boolean(item.category),
          },
          path,
          query,
        ),
      (error) => failed(view, error, () => location.reload()),
    );
  } else {
    fill(
      view,
      {
        picture: brought.blob,
        url: brought.url,
        words: "The picture that you brought",
        width_px: brought.width_px,
        height_px: brought.height_px,
      },
      path,
      query,
    );
  }
  return place;
}

function failed(view, error, again) {
  if (!(error instanceof Failure)) throw error;
  view.append(failedState(error, again));
}

function fill(view, asked, path, query) {
  const { box: written, but: said = "", ...filters } = query;
  let but = said;
  let box = written ? written.split(",").map(Number) : null;
  if (box?.length !== 4 || box.some((side) => !(side >= 0 && side <= 1))) box = null;
  const guesses = element("div", { class: asked.picture ? "guesses awaited" : "guesses" });
  const picture = element("img", {
    src: asked.url,
    alt: asked.words,
    width: asked.width_px,
    height: asked.height_px,
    draggable: "false",
  });
  const picker = regionPicker(
    picture,
    (next) => {
      box = next;
      board.renew();
    },
    { start: box, ondrag: byHand },
  );
  let dots = null;
  let thing = null; // whose dot is open: it is searched among items of its category, where there are some

  function byHand() {
    dots?.close();
    thing = null;
  }

  function open(region) {
    thing = region;
    const sides = [asked.width_px, asked.height_px, asked.width_px, asked.height_px];
    picker.choose(region && region.box.map((edge, side) => edge / sides[side]));
  }

  const wanted = () => {
    const known = thing?.items.some(({ category }) => category === thing.label);
    return known ? { category: thing.label, ...filters } : filters;
  };
  const pixels = () =>
    box && [box[0] * asked.width_px, box[1] * asked.height_px, box[2] * asked.width_px, box[3] * asked.height_px];
  const reading = understood(element("p", { class: "said" }), "Like this, but ", filters, (name, value) =>
    board.set(name, value),
  );
  const board = filteredFeed({
    path,
    filters,
    query: () => ({
      ...filters,
      ...(but && { but }),
      ...(box && { box: box.map((side) => side.toFixed(3)).join() }),
    }),
    label: "Pictures that look like it",
    surface: "search",
    load: async (offset, signal) => {
      if (offset === null) reading.asked(but);
      const { picture, itemId } = asked;
      const text = but && (await has("find")) ? but : ""; // an address may come from where words were understood
      const wish = { picture, itemId, box: pixels(), text, filters: wanted(), offset: offset ?? 0 };
      const answer = await searchPictures(wish, signal);
      return { ...answer, cursor: answer.next_offset };
    },
    onanswer: (answer) => {
      guesses.replaceChildren(...(thing ? [chosen(thing)] : guessed(answer.categories)));
      return reading.answered(answer);
    },
    none: ["Nothing looks like it", "Try another part of the picture."],
    noneMatch: ["Nothing looks like it", "Try another part of the picture, or fewer filters."],
  });
  const differ = (text) => {
    if (text === but) return;
    but = text;
    board.renew();
  };
  has("find").then((there) => there && guesses.before(butField(but, differ)));
  const aside = element(
    "aside",
    { class: "query", "aria-label": "Picture to search with" },
    heading("Looks like this"),
    picker.element,
    guesses,
  );
  view.replaceChildren(
    element("div", { class: "search" }, aside, element("div", { class: "found" }, reading.element, board.facets, board.element)),
  );
  if (!asked.isThing) offerThings(aside, picker.stage, asked, open).then((found) => (dots = found));
}

/** Dots on the things in the picture, each of which is a part to search with, and what goes with them all. */
async function offerThings(aside, stage, asked, onopen) {
  if (!(await has("parse"))) return null;
  const look = shopTheLook(asked);
  if (await has("complete")) aside.append(goesWith("Goes well with", look));
  try {
    return dotsOn(stage, await look, onopen);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return null; // the whole picture is searched all the same
  }
}

const chosen = ({ label }) => element("p", { class: "quiet" }, `Searching for: ${label}.`);

function guessed(categories) {
  const likely = categories.filter(({ probability }) => probability >= 0.05);
  if (!likely.length) return [];
  return [
    element(
      "p",
      { class: "quiet" },
      `Probably ${likely.map(({ category, probability }) => `${category} (${Math.round(probability * 100)} %)`).join(", ")}.`,
    ),
  ];
}
