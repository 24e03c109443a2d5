/** What stands where pictures would be: nothing found, something failed, something left out. */

import { Failure, unlock } from "./api.js";
import { button, element, icon } from "./element.js";

/** Nothing to show, and what to do about it. */
export function emptyState(title, words, ...actions) {
  return element("div", { class: "state" }, icon("boards"), element("h2", {}, title), element("p", {}, words), actions);
}

const TITLES = {
  offline: "No connection",
  slow: "This takes too long",
  locked: "A key is needed",
  missing: "Not here any more",
  busy: "Not available right now",
};

/** A `Failure`, with a way to try again, or with what helps when the service did not take what was asked. */
export function failedState(failure, again, refused = null) {
  const missing = "It may have been taken away, or the address is wrong.";
  return element(
    "div",
    { class: "state failed", role: "alert" },
    icon(failure.kind === "offline" ? "offline" : "warn"),
    element("h2", {}, TITLES[failure.kind] ?? "That did not work"),
    element("p", {}, failure.kind === "missing" ? missing : failure.message),
    failure.kind === "refused" && refused ? refused : remedy(failure, again),
  );
}

function remedy({ kind, status }, again) {
  if (kind === "locked" || status === 403) return keyForm();
  if (kind !== "missing") return button("refresh", "Try again", again, { kind: "strong" });
  return element("a", { class: "button strong", href: "#/" }, element("span", {}, "To the start"));
}

function keyForm() {
  const key = element("input", {
    type: "password",
    "aria-label": "Key",
    autocomplete: "current-password",
    required: true,
  });
  const wrong = element("p", { class: "wrong", role: "alert" });
  const enter = async (event) => {
    event.preventDefault();
    try {
      await unlock(key.value.trim());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      wrong.textContent = error.kind === "locked" ? "This key is not known." : error.message;
      return;
    }
    location.reload();
  };
  const go = element("button", { class: "button strong", type: "submit" }, element("span", {}, "Enter"));
  return element("form", { class: "new", onsubmit: enter }, key, go, wrong);
}

const WORDS = {
  parse: "Things in a picture cannot be found right now.",
  complete: "What goes with it is not available right now.",
  search: "Search by looks is not answering right now.",
  recommend: "Personal picks are not available right now.",
  state: "What you did before cannot be read right now.",
};

/** Systems that the service left out of an answer, in plain words; the reasons as a tooltip. */
export function degradedNote(degraded) {
  const words = degraded.map(({ system, role }) => WORDS[role] ?? `${system} is not answering right now.`);
  const reasons = degraded.map(({ system, reason }) => `${system}: ${reason}`).join("\n");
  return element(
    "div",
    { class: "degraded", role: "status", title: reasons },
    icon("warn"),
    element("p", {}, `${words.join(" ")} What you see comes from the rest.`),
  );
}

/** That an answer is in another order than that of relevance, and why. */
export function reorderedNote({ attribute, relevance_kept: kept }) {
  const title = `Keeps ${Math.floor(kept * 100)} % of the relevance`;
  return element("p", { class: "lead", title }, `In an order that shows all kinds of ${attribute}.`);
}
