// Rings: shows what the centre pushes, and opens the chat when it is pressed. It keeps no page and no message.

const TAG = "caunoi"; // a new ring takes the place of an old one

addEventListener("install", () => skipWaiting());

addEventListener("push", (event) => {
  const { title, body } = event.data.json();
  const shown = registration.showNotification(title, {
    body,
    tag: TAG,
    renotify: true,
    icon: "/static/icon-any-192.png",
  });
  event.waitUntil(Promise.allSettled([shown, navigator.setAppBadge?.()]));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openChat());
});

async function openChat() {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find((page) => page.url.startsWith(registration.scope));
  return open ? open.focus() : clients.openWindow(registration.scope);
}
