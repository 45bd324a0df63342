import { isRecord } from "../../protocol/checks.ts";
import { CANCEL_GROUP } from "../launches/group-progress.ts";

/**
 * A click on one of our notifications brings the app to the front, or opens it; the app then opens its session again. The
 * button of a group cancels its tasks.
 */
export function openOnClick(
  scope: ServiceWorkerGlobalScope,
  cancelGroup: (session: string, group: string) => Promise<void>,
): void {
  scope.addEventListener("notificationclick", (event) => {
    const data: unknown = event.notification.data;
    if (!isRecord(data) || !isRecord(data.backgroundSession)) return;
    event.notification.close();
    const { url, session, group } = data.backgroundSession;
    if (event.action === CANCEL_GROUP) return event.waitUntil(cancelGroup(String(session), String(group)));
    event.waitUntil(openApp(scope, typeof url === "string" ? url : undefined));
  });
}

/** Brings a page of the app to the front, or opens one. */
export async function openApp(scope: ServiceWorkerGlobalScope, url: string | undefined): Promise<void> {
  const base = scope.registration.scope;
  const target = new URL(url ?? base, base).href;
  const windows = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  const own = windows.filter((client) => client.url === target || client.url.startsWith(base));
  const found = own.find((client) => client.url === target) ?? own[0];
  if (found === undefined) await scope.clients.openWindow(target);
  else await found.focus();
}
