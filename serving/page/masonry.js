/** A board of columns: each card goes where the board is shortest, and its place is known before its picture is. */

const COLUMN_PX = 236;
const PHONE_PX = 600;
const TALLEST = 2.2; // height over width: taller pictures are cut

/** Lays out the children of `list`; each has `ratio` (height over width) and `below_px` (its caption) by `place`. */
export function masonry(list) {
  const known = new WeakMap();
  let column_px = 0;
  let columns = 0;

  function measure() {
    const width_px = list.clientWidth;
    if (!width_px) return false; // not on the page right now
    const gap_px = gap();
    columns = Math.max(2, Math.floor((width_px + gap_px) / (COLUMN_PX + gap_px)));
    const next_px = (width_px - gap_px * (columns - 1)) / columns;
    const changed = next_px !== column_px;
    column_px = next_px;
    return changed;
  }

  const gap = () => (window.innerWidth < PHONE_PX ? 10 : 18);

  /** Gives every card its place. */
  function lay() {
    measure();
    if (!column_px) return;
    const gap_px = gap();
    const ends_px = new Array(columns).fill(0);
    for (const card of list.children) {
      const { ratio, below_px } = known.get(card);
      const column = ends_px.indexOf(Math.min(...ends_px));
      const picture_px = Math.round(column_px * Math.min(ratio, TALLEST));
      card.style.width = `${column_px}px`;
      card.style.transform = `translate(${column * (column_px + gap_px)}px, ${ends_px[column]}px)`;
      card.style.setProperty("--picture", `${picture_px}px`);
      ends_px[column] += picture_px + below_px + gap_px;
    }
    list.style.height = `${Math.max(0, ...ends_px)}px`;
  }

  new ResizeObserver(() => measure() && lay()).observe(list);

  return {
    lay,
    /** Adds cards at the end, or before `before`. */
    place(cards, before = null) {
      for (const { card, ratio, below_px } of cards) {
        known.set(card, { ratio, below_px });
        list.insertBefore(card, before);
      }
      lay();
    },
    /** How many columns there are now. */
    columns: () => (measure(), columns || 2),
  };
}
