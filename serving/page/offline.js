/** The page without a connection: it opens, and shows what this browser has seen last. */

/** Keeps what the page was loaded from; later visits keep it fresh by the service worker. */
export async function keepPage() {
  if (!("serviceWorker" in navigator) || navigator.serviceWorker.controller) return;
  await navigator.serviceWorker.register("/worker.js");
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const files = new Set(loaded.filter((name) => name.startsWith(`${location.origin}/static/`)));
  await (await caches.open("page")).addAll(["/", "/static/icon.svg", ...files]);
}
