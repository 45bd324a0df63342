import type { ScopeNames } from "../../protocol/names.ts";
import { PRESENCE_QUESTION } from "../../protocol/notices.ts";
import { BackgroundFetches } from "../background-fetch/background-fetches.ts";
import type { LogEntry } from "../log.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import { anyWorkerHost } from "./worker-host.ts";

/** A worker that ends with its last page is gone by then. */
const ENDING_MS = 1_000;

/** A worker that a page has started as the daemon's world: nothing in it outlives the last page. */
export function pageHost(
  realm: WorkerGlobalScope,
  names: ScopeNames,
  log: (entry: LogEntry) => void,
): DaemonHost {
  const channel = new BroadcastChannel(names.notices);
  return {
    ...anyWorkerHost(realm, names, log),
    // It cannot know whom it asks. Only a launch would have to, and there is none while there is a page.
    async askForPresence() {
      channel.postMessage(PRESENCE_QUESTION);
      return 0;
    },
    untilSafe: () => new Promise((resolve) => setTimeout(resolve, ENDING_MS)),
    fetches: new BackgroundFetches(undefined),
    isFetchAllowed: async () => false,
    startFetch: async () => ({ isStarted: false, error: "there is no service worker" }),
    isLookedAt: async () => false,
    notify: async ({ title, options }) => void new Notification(title, options),
  };
}
