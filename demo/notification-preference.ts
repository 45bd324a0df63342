import type { NotificationConfiguration } from "../src/app/index.ts";

const KEPT = "tell-when-done";

const NOTIFICATION: NotificationConfiguration = {
  title: "{description} is ready",
  failureTitle: "{description} could not be loaded",
  icon: "/icon-192.png",
};

/** Whether the user wants a notification when a download has ended. The choice is stored. */
export function isTellingWanted(): boolean {
  return localStorage.getItem(KEPT) === "true";
}

export function keepTelling(isWanted: boolean): void {
  localStorage.setItem(KEPT, String(isWanted));
}

/** The browser's permission for notifications: `missing` if it has none. */
export function notificationPermission(): NotificationPermission | "missing" {
  return "Notification" in globalThis ? Notification.permission : "missing";
}

/** Returns the notification of a new download: false if the user does not want it, or does not allow it. */
export function downloadNotification(): NotificationConfiguration | false {
  return isTellingWanted() && notificationPermission() === "granted" && NOTIFICATION;
}
