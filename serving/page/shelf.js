/** The visitor's boards, and one of them opened. */

import { Failure, getBoard } from "./api.js";
import { addTo, ownBoards, removeFrom } from "./boards.js";
import { element, icon } from "./element.js";
import { feed } from "./feed.js";
import { lookUp } from "./known.js";
import { notice } from "./notices.js";
import { address, heading } from "./router.js";
import { emptyState, failedState } from "./states.js";

const COVERS = 4;

export function boardsView() {
  const shelf = element("ul", { class: "shelf", role: "list", "aria-busy": "true" });
  const body = element("div", { class: "view" }, element("div", { class: "head" }, heading("Your boards")), shelf);
  const load = async () => {
    body.querySelector(".state")?.remove();
    shelf.replaceChildren(
      ...[0, 1, 2].map(() =>
        element("li", { class: "ghost", "aria-hidden": "true" }, element("div", { class: "covers" })),
      ),
    );
    try {
      const boards = await ownBoards();
      shelf.replaceChildren(...[...boards].map(([name, ids]) => boardCard(name, [...ids])));
      if (!boards.size)
        body.append(
          emptyState(
            "No boards yet",
            "Save a picture, and give its board a name. Boards are kept for this browser.",
            element("a", { class: "button strong", href: "#/" }, element("span", {}, "Find pictures")),
          ),
        );
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      shelf.replaceChildren();
      body.append(failedState(error, load));
    }
    shelf.removeAttribute("aria-busy");
  };
  return { title: "Your boards", place: "boards", element: body, entered: load };
}

function boardCard(name, ids) {
  const covers = element("div", { class: "covers", "data-count": Math.min(COVERS, ids.length) });
  for (const id of ids.slice(0, COVERS)) {
    const cover = element("span", {});
    covers.append(cover);
    lookUp(id).then(
      ({ picture, dominant }) => {
        cover.style.backgroundColor = dominant;
        cover.append(element("img", { src: picture, alt: "", loading: "lazy" }));
      },
      () => cover.classList.add("gone"), // deleted since it was saved
    );
  }
  const count = ids.length === 1 ? "1 picture" : `${ids.length} pictures`;
  return element(
    "li",
    {},
    element(
      "a",
      { class: "board", href: address(["boards", name]) },
      covers,
      element("b", {}, name),
      element("small", {}, count),
    ),
  );
}

export function boardView({ path }) {
  const [, name] = path;
  const board = feed({
    label: name,
    surface: "board",
    load: async (_, signal) => ({ ...(await getBoard(name, signal)), cursor: null }),
    empty: () =>
      emptyState(
        "Nothing on this board",
        "Save pictures to it from anywhere.",
        element("a", { class: "button strong", href: "#/" }, element("span", {}, "Find pictures")),
      ),
    onremove: (item, putBack) => takeOff(name, item, putBack),
  });
  return {
    title: name,
    place: "boards",
    element: element(
      "div",
      { class: "view" },
      element("a", { class: "button small back", href: "#/boards" }, icon("back"), element("span", {}, "Your boards")),
      element("div", { class: "head" }, heading(name)),
      board.element,
    ),
  };
}

async function takeOff(name, item, putBack) {
  const failed = (error) => {
    if (!(error instanceof Failure)) throw error;
    notice(error.message, { kind: "failed" });
  };
  try {
    await removeFrom(name, item.item_id);
  } catch (error) {
    putBack();
    return failed(error);
  }
  notice(`Taken off ${name}.`, { undo: () => addTo(name, item.item_id).then(putBack, failed) });
}
