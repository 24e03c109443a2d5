/** What the visitor is told, and how they want to be told things; the link of an e-mail ends here. */

import { Failure, getBell, getPreferences, putPreferences, seeBell, unsubscribe } from "./api.js";
import { button, element } from "./element.js";
import { notice } from "./notices.js";
import { pushHere } from "./push.js";
import { address, goInstead, heading } from "./router.js";
import { failedState } from "./states.js";

const CHANNELS = {
  in_app: ["On this page", "Under the bell. It never interrupts you."],
  push: ["From this browser", "A short message with a picture, also while this page is closed."],
  email: ["By e-mail", "With up to three pictures. Every e-mail has a link that ends them."],
};
const NO_PUSH = "This browser does not allow it. Its settings for this page say why.";

export function notificationsView({ query }) {
  const body = element("div", { class: "view" });
  const load = async () => {
    body.replaceChildren(heading("Messages"));
    try {
      if (query.token) return body.append(endOf(query.token));
      const [{ messages }, preferences] = await Promise.all([getBell(), getPreferences()]);
      body.append(
        messages.length
          ? element("ul", { class: "entries", role: "list" }, messages.map(told))
          : element("p", { class: "lead told" }, "Nothing yet. What is picked for you from time to time stands here."),
        element("h2", {}, "How you are told things"),
        form(preferences),
      );
      await seeBell();
      ring(0);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      body.append(failedState(error, load));
    }
  };
  return { title: "Messages", place: null, element: body, entered: load };
}

/** Shows how many messages are new, on the bell. */
export async function watchBell() {
  try {
    ring((await getBell()).unseen);
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // the bell stays silent
  }
}

function ring(unseen) {
  const bell = document.querySelector("[data-bell]");
  bell.dataset.unseen = unseen || "";
  bell.setAttribute("aria-label", unseen ? `Messages, ${unseen} new` : "Messages");
}

function told({ message_id: id, text, items, reason, sent_s: sent, seen }) {
  const when = new Date(sent * 1000).toLocaleDateString(undefined, { day: "numeric", month: "long" });
  const [first] = items;
  const words = element("p", {}, seen ? text : element("b", {}, text), element("br"), when);
  const why = reason ? element("details", {}, element("summary", {}, "Why this came"), element("p", {}, reason)) : null;
  const pictures = items.map(({ item_id: item, title, picture }) =>
    element("a", { href: address(["item", item], { message: id }) }, element("img", { src: picture, alt: title || "Untitled" })),
  );
  return element("li", {}, first ? pictures : null, element("div", { class: "saying" }, words, why));
}

/** The end of the e-mails to one address. A person has to press, since mail programs follow links by themselves. */
function endOf(token) {
  const lead = element("p", { class: "lead" }, "You came by the link of an e-mail. One press, and there are no more.");
  const stop = button(null, "Stop these e-mails", async () => {
    try {
      const { email } = await unsubscribe(token);
      lead.textContent = email ? `Done. No more e-mails go to ${email}.` : "Done. There are no more of these messages.";
      stop.remove();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      lead.textContent = error.status === 403 ? "This link is not whole. Open it from the e-mail again." : error.message;
    }
  }, { kind: "strong" });
  const all = button(null, "All settings of this browser", () => goInstead("#/notifications"));
  return element("div", { class: "told" }, lead, element("div", { class: "row" }, stop, all));
}

function form({ email, timezone, quiet_from: from, quiet_to: to, channels }) {
  const mail = element("input", { type: "email", name: "email", value: email, placeholder: "you@example.org", autocomplete: "email" });
  mail.addEventListener("input", () => (mail.form.elements.email_on.checked = mail.value.trim() !== ""));
  const row = ([name, [words, more]]) => {
    const { on, why } = channels[name];
    const box = element("input", { type: "checkbox", name: `${name}_on`, checked: on });
    const note = why && why !== "switched off by the person" ? ` Off: ${why}.` : "";
    return element("li", {}, element("label", { class: "switch" }, box, element("span", {}, element("b", {}, words), element("br"), more + note)), name === "email" ? mail : null);
  };
  const zone = element("select", { name: "timezone", "aria-label": "Time zone" });
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const one of new Set([timezone, here, ...Intl.supportedValuesOf("timeZone")]))
    zone.append(element("option", { selected: one === (timezone === "UTC" ? here : timezone) }, one));
  const hour = (name, value, label) =>
    element("select", { name, "aria-label": label }, Array.from({ length: 24 }, (_, hours) => element("option", { value: hours, selected: hours === value }, `${String(hours).padStart(2, "0")}:00`)));
  const wrong = element("p", { class: "wrong", role: "alert" });
  const save = async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    const given = new FormData(event.target);
    const wanted = Object.fromEntries(Object.keys(CHANNELS).map((name) => [name, given.has(`${name}_on`)]));
    try {
      if (wanted.push && !channels.push.on && !(await pushHere())) {
        wanted.push = false;
        wrong.textContent = NO_PUSH;
      }
      const saved = await putPreferences({
        email: given.get("email").trim(),
        timezone: given.get("timezone"),
        quiet_from: Number(given.get("quiet_from")),
        quiet_to: Number(given.get("quiet_to")),
        channels: wanted,
      });
      channels = saved.channels;
      event.target.elements.push_on.checked = channels.push.on;
      notice("Saved.");
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      wrong.textContent = error.message;
    }
  };
  return element(
    "form",
    { class: "preferences", onsubmit: save },
    element("ul", { class: "entries", role: "list" }, Object.entries(CHANNELS).map(row)),
    element("p", {}, "Nothing comes between ", hour("quiet_from", from, "Quiet from"), " and ", hour("quiet_to", to, "Quiet until"), " where you are: ", zone),
    wrong,
    element("button", { class: "button strong", type: "submit" }, element("span", {}, "Save")),
  );
}
