import { baseUrl } from "../base-url.ts";
import type { Script } from "./daemon-location.ts";
import { daemonMissing } from "./daemon-missing.ts";
import { PageDaemon } from "./page-daemon.ts";

const NEEDED = ["Worker", "BroadcastChannel", "indexedDB", "LockManager"];

/**
 * Has the page run the daemon, if it can.
 * @param reason why there are no service workers
 * @throws SessionError `daemon-missing` with `reason` and what to do about it
 */
export function pageDaemonAt(script: Script | undefined, reason: string): PageDaemon {
  if (!globalThis.isSecureContext || !globalThis.document) throw daemonMissing(reason);
  if (script === undefined)
    throw daemonMissing(
      `${reason}. The page can run it instead if serviceWorker is its script, e.g. "/sw.js"`,
    );
  const lacking = NEEDED.find((name) => !(name in globalThis));
  if (lacking !== undefined) throw daemonMissing(`${reason}, and the page lacks ${lacking} to run it`);
  try {
    return PageDaemon.at(script);
  } catch (cause) {
    throw daemonMissing(`${reason}, and the page cannot start a worker (${cause})`, cause);
  }
}

/** Says why there are no service workers here; undefined if there are. */
export function whyNoServiceWorkers(): string | undefined {
  try {
    if (globalThis.navigator?.serviceWorker) return undefined;
  } catch {
    // A sandboxed frame throws.
  }
  if (baseUrl() === undefined) return "this is not a browser; open the session in the page";
  if (globalThis.isSecureContext === false) return "service workers need https: or localhost";
  return "this browser has no service workers here (a private window, a web view, a sandboxed frame, or a worker)";
}
