/** The service worker: shows what is pushed, and opens its page. */

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
