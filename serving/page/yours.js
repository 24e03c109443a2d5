/** What is inferred of the visitor, and what they hid: each can be taken back. */

import { dropInterest, Failure, listActed, listInterests, takeBack } from "./api.js";
import { button, element } from "./element.js";
import { flush } from "./events.js";
import { unhide } from "./hide.js";
import { say } from "./notices.js";
import { address, heading } from "./router.js";
import { failedState } from "./states.js";
import { decide } from "./undo.js";

export function yoursView() {
  const body = element("div", { class: "view" });
  const load = async () => {
    decide();
    body.replaceChildren(heading("Your interests"));
    try {
      await flush();
      const [interests, hidden] = await Promise.all([listInterests(), listActed("hide")]);
      body.append(
        rows(interests.map(interestRow), "Nothing is inferred of you yet. Open or save pictures, and it appears here."),
        element("h2", {}, "What you hid"),
        rows(hidden.map(hiddenRow), "You hid nothing."),
      );
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      body.append(failedState(error, load));
    }
  };
  return { title: "Your interests", place: "for-you", element: body, entered: load };
}

const rows = (made, none) =>
  made.length ? element("ul", { class: "entries", role: "list" }, made) : element("p", { class: "lead" }, none);

function interestRow({ name, value, share, usual }) {
  const words = `${Math.round(share * 100)} % of what you opened or saved; ${Math.round(usual * 100)} % of all pictures.`;
  const remove = removing(`Remove ${value}`, () => dropInterest(name, value), `${value} is no interest of yours any more.`);
  return element("li", {}, element("p", {}, element("b", {}, `${name}: ${value}`), element("br"), words), remove);
}

function hiddenRow({ item_id: id, title, picture }) {
  const again = async () => {
    await takeBack(id, "hide");
    unhide(id);
  };
  const link = element("a", { href: address(["item", id]) }, title || "Untitled");
  const image = element("img", { src: picture, alt: "", loading: "lazy" });
  return element("li", {}, image, element("p", {}, link), removing("Show again", again, "It is shown again."));
}

function removing(words, doing, said) {
  const made = button(null, words, async () => {
    made.disabled = true;
    try {
      await doing();
    } catch (error) {
      made.disabled = false;
      if (!(error instanceof Failure)) throw error;
      say(error.message);
      return;
    }
    made.closest("li").remove();
    say(said);
  });
  return made;
}
