import { type BackgroundFetchRegistration, FETCH_PREFIX } from "../../protocol/background-fetch.ts";
import type { EventWindow } from "./event-window.ts";
import { openApp } from "./notification-click.ts";

interface BackgroundFetchEvent extends ExtendableEvent {
  readonly registration: BackgroundFetchRegistration;
}

const ENDS = ["backgroundfetchsuccess", "backgroundfetchfail", "backgroundfetchabort"] as const;

/** Takes what the browser has fetched for us; a click on the browser's display of it opens the app. */
export function listenForFetches(scope: ServiceWorkerGlobalScope, window: EventWindow): void {
  for (const end of ENDS) {
    listen(scope, end, ({ registration }) => window.useFetch(registration));
  }
  listen(scope, "backgroundfetchclick", () => openApp(scope, undefined));
}

/** The app's own background fetches are left to the app. */
function listen(
  scope: ServiceWorkerGlobalScope,
  type: string,
  handle: (event: BackgroundFetchEvent) => Promise<void>,
): void {
  scope.addEventListener(type as never, (event: BackgroundFetchEvent) => {
    if (event.registration.id.startsWith(FETCH_PREFIX)) event.waitUntil(handle(event));
  });
}
