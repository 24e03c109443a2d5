/** Messages to this browser while the page is closed, by the service worker. */

import { pushKey, subscribe } from "./api.js";

/** Asks the visitor, and subscribes; whether messages come from now on. */
export async function pushHere() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return false;
  if ((await Notification.requestPermission()) !== "granted") return false;
  await navigator.serviceWorker.register("/worker.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: await pushKey() };
  try {
    const made = (await pushManager.getSubscription()) ?? (await pushManager.subscribe(options));
    await subscribe(made.toJSON());
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // the browser has no push service
    return false;
  }
  return true;
}
