import { pause } from "../../async/pause.ts";
import type { ScopeNames } from "../../protocol/names.ts";
import { PRESENCE_QUESTION } from "../../protocol/notices.ts";
import { BackgroundFetches } from "../background-fetch/background-fetches.ts";
import type { LogEntry } from "../log.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import { anyWorkerHost } from "./worker-host.ts";

/** A worker that ends with its last page is gone after this time. */
const ENDING_MS = 1_000;

/** Returns the daemon's host in a worker that a page has started: nothing in it outlives the last page. */
export function pageHost(
  realm: WorkerGlobalScope,
  names: ScopeNames,
  log: (entry: LogEntry) => void,
): DaemonHost {
  const channel = new BroadcastChannel(names.notices);
  return {
    ...anyWorkerHost(realm, names, log),
    // It cannot count its pages. Only a launch needs the count, and there is none while there is a page.
    async askForPresence() {
      channel.postMessage(PRESENCE_QUESTION);
      return 0;
    },
    untilSafe: () => pause(ENDING_MS),
    fetches: new BackgroundFetches(undefined),
    isFetchAllowed: async () => false,
    startFetch: async () => ({ isStarted: false, error: "there is no service worker" }),
    isLookedAt: async () => false,
    // Its notifications cannot be found again.
    shown: async () => [],
    hide: async () => {},
    notify: async ({ title, options }) => void new Notification(title, options),
  };
}
