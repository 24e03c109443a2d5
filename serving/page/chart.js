/** A chart of what was spent against what was planned, as an SVG. */

import { element, shape } from "./element.js";

const [WIDTH, HEIGHT] = [640, 200];
const [LEFT, BASE, TOP] = [4, 172, 22];

const day = (time_s) => new Date(time_s * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short" });

/** `points` are `{time_s, planned, spent}` by time, `spent` null where that is still to come; `budget` is the top. */
export function spendingChart(points, budget) {
  const [starts_s, ends_s] = [points[0].time_s, points.at(-1).time_s];
  const x = (time_s) => LEFT + ((time_s - starts_s) / (ends_s - starts_s)) * (WIDTH - 2 * LEFT);
  const y = (money) => BASE - (money / budget) * (BASE - TOP);
  const line = (kind, of) =>
    shape("polyline", { class: kind, points: of.map(([time_s, money]) => `${x(time_s)},${y(money)}`).join(" ") });
  const past = points.filter(({ spent }) => spent !== null);
  const label = (words, at_x, at_y, anchor) => shape("text", { x: at_x, y: at_y, "text-anchor": anchor }, words);
  const last = past.at(-1);
  const words = last
    ? `By now ${last.spent} is spent and ${last.planned} planned, of ${budget}.`
    : `Nothing is spent yet of ${budget}.`;
  const drawn = shape(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words },
    line("rule", [[starts_s, budget], [ends_s, budget]]),
    line("rule", [[starts_s, 0], [ends_s, 0]]),
    line("plan", points.map(({ time_s, planned }) => [time_s, planned])),
    line("spent", past.map(({ time_s, spent }) => [time_s, spent])),
    label(`budget ${budget}`, LEFT, TOP - 7, "start"),
    label(day(starts_s), LEFT, HEIGHT - 8, "start"),
    label(day(ends_s), WIDTH - LEFT, HEIGHT - 8, "end"),
  );
  if (last) drawn.append(shape("circle", { class: "now", cx: x(last.time_s), cy: y(last.spent), r: 5 }));
  const key = (kind, said) => element("span", { class: `key ${kind}` }, said);
  return element("figure", { class: "chart" }, drawn, element("figcaption", {}, key("spent", "spent"), key("plan", "planned")));
}
