/** The service worker: shows what is pushed, opens its page, and has the page's own files without a connection. */

addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const isOwn = origin === location.origin && (pathname === "/" || pathname.startsWith("/static/"));
  if (event.request.method === "GET" && isOwn) event.respondWith(fresh(event.request));
});

async function fresh(request) {
  const kept = await caches.open("page");
  try {
    const answer = await fetch(request);
    if (answer.ok) await kept.put(request, answer.clone());
    return answer;
  } catch (error) {
    const known = await kept.match(request, { ignoreSearch: true });
    if (known) return known;
    throw error;
  }
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
