/** What stands where pictures would be: nothing found, something failed, something left out. */

import { button, element, icon } from "./element.js";

/** Nothing to show, and what to do about it. */
export function emptyState(title, words, ...actions) {
  return element("div", { class: "state" }, icon("boards"), element("h2", {}, title), element("p", {}, words), actions);
}

/** A `Failure`, with a way to try again. */
export function failedState(failure, again) {
  const titles = {
    offline: "No connection",
    slow: "This takes too long",
    missing: "Not here any more",
    busy: "Not available right now",
  };
  return element(
    "div",
    { class: "state failed", role: "alert" },
    icon(failure.kind === "offline" ? "offline" : "warn"),
    element("h2", {}, titles[failure.kind] ?? "That did not work"),
    element(
      "p",
      {},
      failure.kind === "missing" ? "It may have been taken away, or the address is wrong." : failure.message,
    ),
    failure.kind === "missing"
      ? element("a", { class: "button strong", href: "#/" }, element("span", {}, "To the start"))
      : button("refresh", "Try again", again, { kind: "strong" }),
  );
}

const WORDS = {
  "visual-search": "Search by looks is not answering right now.",
  "user-sequence": "Personal picks are not available right now.",
  state: "What you did before cannot be read right now.",
};

/** Systems that the service left out of an answer, in plain words; the reasons as a tooltip. */
export function degradedNote(degraded) {
  const words = degraded.map(({ system }) => WORDS[system] ?? `${system} is not answering right now.`);
  const reasons = degraded.map(({ system, reason }) => `${system}: ${reason}`).join("\n");
  return element(
    "div",
    { class: "degraded", role: "status", title: reasons },
    icon("warn"),
    element("p", {}, `${words.join(" ")} What you see comes from the rest.`),
  );
}
