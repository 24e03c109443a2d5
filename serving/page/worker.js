/** The service worker: shows what is pushed, opens its page, and has the page's own files without a connection. */

addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const isOwn = origin === location.origin && (pathname === "/" || pathname.startsWith("/static/"));
  if (event.request.method === "GET" && isOwn) event.respondWith(fresh(event));
});

async function fresh(event) {
  let answer;
  try {
    answer = await fetch(event.request);
  } catch (error) {
    const known = await caches.match(event.request, { cacheName: "page", ignoreSearch: true });
    if (known) return known;
    throw error;
  }
  const copy = answer.clone();
  const keep = async () => answer.ok && (await caches.open("page")).put(event.request, copy);
  event.waitUntil(keep().catch(() => {})); // a browser without room shows the page all the same
  return answer;
}

addEventListener("push", (event) => {
  const { message_id: tag, title, image, link } = event.data.json();
  const shown = { tag, data: { link, tag }, body: "Picked for you", icon: image ?? "/static/icon.svg", image };
  event.waitUntil(registration.showNotification(title, shown)); // one with the same tag takes its place
});

addEventListener("notificationclick", (event) => {
  const { link } = event.notification.data;
  event.notification.close();
  event.waitUntil(clients.openWindow(link));
});
