/** Keys on a board: one card is in the order of Tab, the arrows go to its neighbours on screen. */

const SIDES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CARD = ".card:not(.ghost)";

/** Makes `list` one stop of Tab; S saves and H or Delete hides the card that has the focus. */
export function rove(list) {
  let here = null;

  function settle(card) {
    if (here === card) return;
    for (const control of here?.querySelectorAll("a, button") ?? []) control.tabIndex = -1;
    for (const control of card.querySelectorAll("a, button")) control.tabIndex = 0;
    here = card;
  }

  function move(to) {
    if (!to) return;
    settle(to);
    const link = to.querySelector("a");
    link.focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest", behavior: "auto" });
  }

  list.addEventListener("focusin", (event) => settle(event.target.closest(CARD)));

  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const card = event.target.closest(CARD);
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in SIDES) move(neighbour(list, card, SIDES[key]));
    else if (key === "Home") move(list.querySelector(CARD));
    else if (key === "End") move([...list.querySelectorAll(CARD)].pop());
    else if (key === "s") card.querySelector(".act.save").click();
    else if (key === "h" || key === "Delete") card.querySelector(".act:not(.save)").click();
    else return;
    event.preventDefault();
  });

  return {
    /** Sees to it that Tab can reach a card after the cards changed. */
    check() {
      if (here && list.contains(here)) return;
      here = null;
      const first = list.querySelector(CARD);
      if (first) settle(first);
    },
    /** Moves the focus off a card that is about to go. */
    leave(card) {
      if (!card.contains(document.activeElement)) return;
      const next = card.nextElementSibling ?? card.previousElementSibling;
      if (next?.matches(CARD)) move(next);
    },
  };
}

/** The nearest card on that side, where being out of line counts double. */
function neighbour(list, card, [right, down]) {
  const from = card.getBoundingClientRect();
  let best = null;
  let least = Infinity;
  for (const other of list.querySelectorAll(CARD)) {
    if (other === card) continue;
    const box = other.getBoundingClientRect();
    const across = middle(box.left, box.right) - middle(from.left, from.right);
    const along = box.top - from.top;
    const ahead = right ? across * right : along * down;
    const aside = right ? Math.abs(along) : Math.abs(across);
    if (ahead < 8) continue;
    const distance = ahead + 2 * aside;
    if (distance < least) [best, least] = [other, distance];
  }
  return best;
}

const middle = (low, high) => (low + high) / 2;
