/** The page without a connection: it opens, and shows what this browser has seen last. */

/** Keeps what the page was loaded from; later visits keep it fresh by the service worker. */
export async function keepPage() {
  if (!("serviceWorker" in navigator) || navigator.serviceWorker.controller) return;
  await navigator.serviceWorker.register("/worker.js");
  await navigator.serviceWorker.ready; // what is kept is of use only where the worker gives it out
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const files = loaded.filter((name) => name.startsWith(`${location.origin}/static/`));
  const kept = new Set([`${location.origin}/`, `${location.origin}/static/icon.svg`, ...files]); // addAll refuses what stands twice
  await (await caches.open("page")).addAll(kept);
}
