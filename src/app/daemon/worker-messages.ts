import type { CommandMessage } from "../../protocol/commands.ts";
import { namesOf } from "../../protocol/names.ts";

let name: string | undefined;

/** How this page calls itself where nobody sees who it is: in what it broadcasts. */
export function pageName(): string {
  name ??= crypto.randomUUID();
  return name;
}

/**
 * Sends a command to the service worker. If the page leaves, it is broadcast as well: Chromium drops what a page posts
 * to its worker while it goes into the back/forward cache. The channel is closed at once, since an open one would cost
 * the page its place there.
 */
export function tellWorker(
  { active, scope }: ServiceWorkerRegistration,
  message: CommandMessage,
  isLeaving: boolean,
): void {
  active?.postMessage(message);
  if (!isLeaving) return;
  const channel = new BroadcastChannel(namesOf(scope).commands);
  channel.postMessage({ ...message, page: pageName() });
  channel.close();
}

/** Whether a message came from a worker of this registration: those of other scopes reach every page of the origin. */
export function isOfWorkerOf(
  { active, waiting, installing }: ServiceWorkerRegistration,
  source: MessageEventSource | null,
): boolean {
  return source !== null && [active, waiting, installing].some((worker) => worker === source);
}
