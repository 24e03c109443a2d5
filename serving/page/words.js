/** Pictures that answer words; where none does, the searches that come nearest. */

import { searchPictures } from "./api.js";
import { element } from "./element.js";
import { showText } from "./field.js";
import { filteredFeed } from "./filtered.js";
import { address, heading } from "./router.js";
import { understood } from "./understood.js";

export function wordsView({ path, query }) {
  const { q: text, ...filters } = query;
  let ideas = [];
  const reading = understood(heading("", "said"), "Results for ", filters, (name, value) => board.set(name, value));
  const board = filteredFeed({
    path,
    filters,
    query: () => ({ q: text, ...filters }),
    label: "Pictures that answer it",
    surface: "search",
    load: async (offset, signal) => {
      if (offset === null) reading.asked(text);
      const answer = await searchPictures({ text, filters, offset: offset ?? 0 }, signal);
      return { ...answer, cursor: answer.next_offset };
    },
    onanswer: (answer) => {
      ideas = answer.ideas;
      return reading.answered(answer);
    },
    none: ["Nothing found", "No picture answers these words. Fewer words, or others, may find some."],
    noneMatch: ["Nothing found", "No picture answers these words and has all of these at once."],
    help: () => nearest(ideas),
  });
  reading.asked(text);
  return {
    title: text,
    place: null,
    element: element("div", { class: "view" }, reading.element, board.facets, board.element),
    entered: () => showText(text),
    left: () => showText(""),
  };
}

function nearest(ideas) {
  if (!ideas.length) return null;
  const links = ideas.map((idea) =>
    element("a", { class: "chip", href: address(["search"], { q: idea }), dir: "auto" }, idea),
  );
  return element("div", { class: "ideas" }, element("p", {}, "These searches come nearest:"), links);
}
