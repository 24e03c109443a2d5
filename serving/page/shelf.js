/** The visitor's boards, and one of them opened. */

import { Failure, getMore } from "./api.js";
import { addTo, countOf, dropBoard, openBoard, ownBoards, removeFrom } from "./boards.js";
import { confirm } from "./confirm.js";
import { button, element, icon } from "./element.js";
import { feed } from "./feed.js";
import { lookUp } from "./known.js";
import { notice } from "./notices.js";
import { address, goInstead, heading } from "./router.js";
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
  return element(
    "li",
    {},
    element(
      "a",
      { class: "board", href: address(["boards", name]) },
      covers,
      element("b", {}, name),
      element("small", {}, pictures(ids.length)),
    ),
  );
}

const pictures = (count) => (count === 1 ? "1 picture" : `${count} pictures`);

export function boardView({ path }) {
  const [, name] = path;
  let count = 0;
  const drop = button(null, "Delete board", ask, { kind: "small" });
  const body = element("div", { class: "view" });
  drop.hidden = true; // until there is one

  function counts(by) {
    count += by;
    drop.hidden = count === 0;
  }

  const board = feed({
    label: name,
    surface: "board",
    load: (cursor, signal) => openBoard(name, cursor, signal),
    onanswer: (answer) => {
      count = answer.count;
      drop.hidden = false;
    },
    empty: () =>
      emptyState(
        "Nothing on this board",
        "Save pictures to it from anywhere.",
        element("a", { class: "button strong", href: "#/" }, element("span", {}, "Find pictures")),
      ),
    onremove: (item, putBack) => {
      counts(-1);
      takeOff(name, item, () => {
        counts(1);
        putBack();
      });
    },
  });

  const more = feed({
    label: "More for this board",
    surface: "board",
    load: async (_, signal) => ({ ...(await belonging(name, signal)), cursor: null }),
    reason: ({ because }) => (because ? element("p", { class: "reason" }, because.text) : null),
    empty: () => element("p", {}, "Nothing yet. Save more pictures to this board."),
  });

  function ask() {
    const held = countOf(name) || count; // saved from elsewhere since this was read
    const stay = held === 1 ? "Its 1 picture stays" : `Its ${held} pictures stay`;
    const words = held ? `${stay}; only the board goes.` : "Only the board goes.";
    confirm({ title: `Delete "${name}"?`, words, yes: "Delete", no: "Keep", from: drop }, async () => {
      try {
        await dropBoard(name);
      } catch (error) {
        return failed(error);
      }
      if (body.isConnected) goInstead("#/boards");
      notice(`Deleted ${name}.`);
    });
  }

  body.append(
    element("a", { class: "button small back", href: "#/boards" }, icon("back"), element("span", {}, "Your boards")),
    element("div", { class: "head" }, heading(name), drop),
    board.element,
    element("h2", {}, "More for this board"),
    more.element,
  );
  return { title: name, place: "boards", element: body };
}

/** What else belongs on a board; nothing where the board is gone or the service has no system for it. */
async function belonging(name, signal) {
  try {
    return await getMore(name, signal);
  } catch (error) {
    if (error.kind !== "missing") throw error;
    return { items: [] };
  }
}

function failed(error) {
  if (!(error instanceof Failure)) throw error;
  notice(error.message, { kind: "failed" });
}

async function takeOff(name, item, putBack) {
  try {
    await removeFrom(name, item.item_id);
  } catch (error) {
    putBack();
    return failed(error);
  }
  notice(`Taken off ${name}.`, { undo: () => addTo(name, item.item_id).then(putBack, failed) });
}
