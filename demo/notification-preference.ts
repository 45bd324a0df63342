import type { NotificationConfiguration } from "../src/app/index.ts";

const KEPT = "tell-when-done";

const NOTIFICATION: NotificationConfiguration = {
  title: "{description} is ready",
  failureTitle: "{description} could not be loaded",
  icon: "/icon-192.png",
};

/** Whether the user wants to be told when a download has ended. It is remembered. */
export function isTellingWanted(): boolean {
  return localStorage.getItem(KEPT) === "true";
}

export function keepTelling(isWanted: boolean): void {
  localStorage.setItem(KEPT, String(isWanted));
}

/** What the browser says to notifications: `missing` where it has none. */
export function notificationPermission(): NotificationPermission | "missing" {
  return "Notification" in globalThis ? Notification.permission : "missing";
}

/** Returns what a new download is made with: false where the user does not want it, or does not allow it. */
export function downloadNotification(): NotificationConfiguration | false {
  return isTellingWanted() && notificationPermission() === "granted" && NOTIFICATION;
}
