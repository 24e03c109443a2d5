/** What is paid for: marked as such, its events told once, and its advertiser hidden on demand. */

import { Failure, postAd } from "./api.js";
import { element } from "./element.js";
import { notice, say } from "./notices.js";

const SEEN_MS = 1000;

const tell = (ad, event) =>
  postAd(ad.offer_id, event).catch((error) => {
    if (!(error instanceof Failure)) throw error; // an ad that is not counted is nobody's trouble
  });

/** The line below a card that says that it is an ad, and why the visitor sees it; whole on demand. */
export function adReason(ad) {
  const onclick = () => notice(ad.why);
  const mark = element("button", { class: "ad", type: "button", "aria-label": "Ad: why this one", onclick }, "Ad");
  return element("p", { class: "reason" }, mark, element("span", {}, ad.why));
}

/** Tells that half of `card` was on screen for a second, and then that it was opened. */
export function watchAd(card, ad) {
  let seen = null;
  let timer = 0;
  const watcher = new IntersectionObserver(
    (entries) => {
      clearTimeout(timer);
      if (entries.at(-1).isIntersecting) timer = setTimeout(see, SEEN_MS);
    },
    { threshold: 0.5 },
  );
  function see() {
    watcher.disconnect();
    seen ??= tell(ad, "impression");
    return seen;
  }
  watcher.observe(card);
  card.querySelector("a.open").addEventListener("click", () => see().then(() => tell(ad, "click")));
}

/** Hides the advertiser of an ad from now on. */
export function hideAdvertiser(ad) {
  tell(ad, "hide");
  say(`You will see no more ads of ${ad.advertiser_id}.`);
}
