/** What is inferred of the visitor, what they saved and what they hid: each can be taken back. */

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
    body.replaceChildren(element("div", { class: "head" }, heading("Your interests")));
    try {
      await flush();
      const [interests, saved, hidden] = await Promise.all([listInterests(), listActed("save"), listActed("hide")]);
      body.append(
        rows(interests.map((one) => interestRow(one, load)), "Nothing is inferred of you yet. Open or save pictures, and it appears here."),
        element("h2", {}, "What you saved"),
        rows(saved.map((one) => savedRow(one, load)), "You saved nothing."),
        element("h2", {}, "What you hid"),
        rows(hidden.map((one) => hiddenRow(one, load)), "You hid nothing."),
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

function interestRow({ name, value, share, usual }, load) {
  const words = `${Math.round(share * 100)} % of what you opened or saved; ${Math.round(usual * 100)} % of all pictures.`;
  const said = `${value} is no interest of yours any more.`;
  const remove = removing(`Remove ${value}`, () => dropInterest(name, value), said, load);
  return element("li", {}, element("p", {}, element("b", {}, `${name}: ${value}`), element("br"), words), remove);
}

function savedRow(item, load) {
  const forget = () => takeBack(item.item_id, "save");
  return itemRow(item, removing("Forget", forget, "It counts no more. On your boards it stays.", load));
}

function hiddenRow(item, load) {
  const again = async () => {
    await takeBack(item.item_id, "hide");
    unhide(item.item_id);
  };
  return itemRow(item, removing("Show again", again, "It is shown again.", load));
}

function itemRow({ item_id: id, title, picture }, remove) {
  const link = element("a", { href: address(["item", id]) }, title || "Untitled");
  return element("li", {}, element("img", { src: picture, alt: "", loading: "lazy" }), element("p", {}, link), remove);
}

/** A button that takes something back; all is listed anew after it, since more may have gone with it. */
function removing(words, doing, said, load) {
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
    say(said);
    load();
  });
  return made;
}
