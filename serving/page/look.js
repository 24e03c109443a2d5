/** Shop the look: what a picture shows, thing by thing, and what goes with it. */

import { Failure, getScenes } from "./api.js";
import { dotsOn } from "./dots.js";
import { element } from "./element.js";
import { say } from "./notices.js";
import { degradedNote } from "./states.js";
import { ghostStrip, strip } from "./strip.js";

/**
 * The things of a scene: dots on its picture in `stage`, and the element in which the matches of the open one stand.
 * `look` is a promise of the service's answer.
 */
export function things(stage, look) {
  const matches = element("section", { class: "matches", "aria-label": "Shop the look", "aria-busy": "true" });
  matches.append(element("h2", {}, "Shop the look"), ghostStrip());
  unless(matches, look, (answer) => {
    matches.removeAttribute("aria-busy");
    if (!answer.regions.length) return matches.remove();
    const hint = element("p", { class: "quiet" }, "Choose a dot on the picture to see what it could be.");
    const title = element("h2", {}, "Shop the look");
    const show = (region) => {
      title.textContent = region ? region.label : "Shop the look";
      const found = region?.items.length
        ? strip(`Matches of: ${region.label}`, region.items, "look")
        : element("p", { class: "quiet" }, "Nothing here looks like it.");
      matches.replaceChildren(title, region ? found : hint);
      if (region) say(`${region.label}: ${region.items.length} pictures.`);
    };
    const dots = dotsOn(stage, answer, show);
    const first = answer.regions.findIndex(({ items }) => items.length);
    if (first >= 0) dots.open(first);
    else show(null);
    return undefined;
  });
  return matches;
}

/** What completes a look, a row for each category. */
export function goesWith(title, look) {
  const section = element("section", { class: "goes-with", "aria-label": title });
  section.append(element("h2", {}, title), ghostStrip());
  unless(section, look, ({ goes_with, degraded }) => {
    const rows = goes_with
      .filter(({ items }) => items.length)
      .map(({ category, items }) =>
        element("div", { class: "companions" }, element("h3", {}, category), strip(category, items, "look")),
      );
    const notes = degraded.length ? [degradedNote(degraded)] : [];
    if (!rows.length && !notes.length) section.remove();
    else section.replaceChildren(element("h2", {}, title), ...notes, element("div", { class: "rows" }, rows));
  });
  return section;
}

/** The scenes in which an item, or what looks like it, stands, each marked there. */
export function seenIn(item) {
  const section = element("section", { class: "seen-in", "aria-label": "Seen in" });
  section.append(element("h2", {}, "Seen in"), ghostStrip());
  unless(section, getScenes(item.item_id), ({ items }) => {
    if (!items.length) return section.remove();
    section.replaceChildren(section.firstChild, strip("Seen in", items, "scenes", markOf));
    return undefined;
  });
  return section;
}

function markOf({ region: { box }, width_px, height_px }) {
  const sides = [width_px, height_px, width_px, height_px];
  return box.map((edge, side) => edge / sides[side]);
}

/** Fills the section when the answer is there; one that fails is taken away: the rest of the page needs no apology. */
function unless(section, answer, fill) {
  answer.then(fill).catch((error) => {
    if (!(error instanceof Failure)) throw error;
    section.remove();
  });
}
