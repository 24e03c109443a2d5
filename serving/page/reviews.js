/** What waits for a person's decision before it is shown; for who has a key that may review. */

import { decideReview, Failure, listReviews } from "./api.js";
import { element } from "./element.js";
import { say } from "./notices.js";
import { heading } from "./router.js";
import { failedState } from "./states.js";

const OUTCOMES = { allow: "Let in", refuse: "Refused" };

export function reviewsView() {
  const body = element("div", { class: "view" });
  const load = async () => {
    body.replaceChildren(element("div", { class: "head" }, heading("To be reviewed")));
    try {
      const [waiting, decided] = await Promise.all([listReviews(false), listReviews(true)]);
      body.append(
        waiting.length
          ? element("ul", { class: "entries", role: "list" }, waiting.map((review) => reviewRow(review, load)))
          : element("p", { class: "lead" }, "Nothing waits for a decision."),
      );
      if (decided.length) body.append(element("h2", {}, "Decided"), decidedList(decided));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      body.append(failedState(error, load));
    }
  };
  return { title: "To be reviewed", place: null, element: body, entered: load };
}

function decidedList(reviews) {
  const row = ({ title, decision, reason, who, decided_s: at }) => {
    const words = `${OUTCOMES[decision]} by ${who}, ${new Date(at * 1000).toLocaleString()}: ${reason}`;
    return element("li", {}, element("p", { dir: "auto" }, element("b", {}, title || "Untitled"), element("br"), words));
  };
  return element("ul", { class: "entries", role: "list" }, reviews.map(row));
}

function reviewRow({ review_id: id, title, description, findings }, load) {
  const why = findings.map(({ kind, probability }) => `${kind} ${Math.round(probability * 100)} %`).join(", ");
  const reason = element("input", {
    type: "text",
    required: true,
    maxlength: 500,
    placeholder: "Reason",
    "aria-label": `Reason for ${title}`,
  });
  const wrong = element("span", { class: "wrong", role: "alert" });
  const deciding = async (event) => {
    event.preventDefault();
    try {
      await decideReview(id, event.submitter.value, reason.value);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      wrong.textContent = error.status === 409 ? "Somebody else has decided already." : error.message;
      return;
    }
    say("Decided.");
    load();
  };
  const choice = (value, words) =>
    element("button", { class: "button", type: "submit", value }, element("span", {}, words));
  return element(
    "li",
    {},
    element("img", { src: `/v1/reviews/${id}/picture`, alt: "" }),
    element("p", { dir: "auto" }, element("b", {}, title || "Untitled"), ` ${description} (${why})`),
    element("form", { class: "row", onsubmit: deciding }, reason, choice("allow", "Let in"), choice("refuse", "Refuse"), wrong),
  );
}
