/** Places by the address after #, so that the page needs one path of the server; going back finds what was left. */

import { element } from "./element.js";

const KEPT = 8; // views that stay as they were for going back
const kept = new Map();
let current = null;
let nextKey = Date.now();
let open = null;

/** `{path: [...], query: {…}}` of an address such as `#/item/7?colour=red`. */
export function parse(hash) {
  const [path, query = ""] = hash.replace(/^#?\/?/, "").split("?");
  return {
    path: path.split("/").filter(Boolean).map(decodeURIComponent),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** The address of a place: `address(["item", "7"], {colour: "red"})`. */
export function address(path, query = {}) {
  const search = new URLSearchParams(query).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

/** Changes the address of the place that is shown, without leaving it. */
export function readdress(path, query) {
  history.replaceState(history.state, "", address(path, query));
}

/** Goes to `hash`; `from` is the surface that led there. */
export function go(hash, from = null) {
  rememberScroll();
  history.pushState({ key: nextKey++, from }, "", hash);
  show(false);
}

/** Goes to `hash` in place of what is shown, to which going back no longer leads. */
export function goInstead(hash) {
  history.replaceState({ key: nextKey++, from: null }, "", hash);
  show(false);
}

function rememberScroll() {
  if (current) current.scroll_px = window.scrollY;
}

function show(back) {
  const key = history.state?.key;
  current?.view.left?.();
  current = (back && kept.get(key)) || {
    view: open(parse(location.hash), history.state?.from ?? null),
    scroll_px: 0,
    focus: null,
  };
  kept.delete(key);
  kept.set(key, current);
  for (const old of [...kept.keys()].slice(0, -KEPT)) kept.delete(old);
  const { view } = current;
  document.querySelector("#main").replaceChildren(view.element);
  document.title = `${view.title} · Corkboard`;
  for (const link of document.querySelectorAll("[data-place]")) {
    if (link.dataset.place === view.place) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  view.entered?.(back);
  for (const feed of view.element.querySelectorAll(".feed")) feed.dispatchEvent(new Event("entered"));
  window.scrollTo(0, current.scroll_px);
  settleFocus(view, back);
}

function settleFocus(view, back) {
  const last = back && view.element.querySelector("[data-last]");
  (last || view.element.querySelector("h1"))?.focus({ preventScroll: true });
}

/** Follows links and the browser's buttons; `opener` makes the view of a parsed address. */
export function start(opener) {
  open = opener;
  history.scrollRestoration = "manual";
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#/"]');
    if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    document.querySelectorAll("[data-last]").forEach((old) => old.removeAttribute("data-last"));
    link.setAttribute("data-last", "");
    go(link.getAttribute("href"), link.dataset.surface);
  });
  addEventListener("scroll", () => requestAnimationFrame(rememberScroll), { passive: true });
  addEventListener("popstate", () => {
    if (!history.state) history.replaceState({ key: nextKey++ }, "", location.hash); // typed into the address bar
    show(true);
  });
  if (!history.state?.key) history.replaceState({ key: nextKey++ }, "", location.hash || "#/");
  show(false);
}

/** The heading of a view, which takes the focus when the view is entered. */
export const heading = (words, kind = "") => element("h1", { tabindex: "-1", class: kind, dir: "auto" }, words);
