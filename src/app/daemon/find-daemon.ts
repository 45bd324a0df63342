import { pause } from "../../async/pause.ts";
import { untilActive, untilReplaced } from "./activation.ts";
import { DaemonLink } from "./daemon-link.ts";
import { type DaemonLocation, type Script, scriptAt } from "./daemon-location.ts";
import { daemonMissing } from "./daemon-missing.ts";
import { pageDaemonAt, whyNoServiceWorkers } from "./page-fallback.ts";
import { pageRegistration, REGISTRATION_MS, registrationFor, registrationOf } from "./registration.ts";

const POLL_MS = 500;

/**
 * Finds the service worker that runs the daemon and waits until it is active. The page need not be controlled by it.
 * If there are no service workers, the page has a worker of its own run the daemon.
 * @throws SessionError `daemon-missing` with the reason and what to do about it
 */
export async function findDaemon(
  location: DaemonLocation,
  signal: AbortSignal | undefined,
): Promise<DaemonLink> {
  const local = DaemonLink.local();
  if (local !== undefined) return local;
  const script = scriptAt(location);
  const found = await registrationAt(location, script);
  signal?.throwIfAborted();
  if (typeof found === "string") return DaemonLink.toPage(pageDaemonAt(script, found));
  await untilActive(found);
  if (script !== undefined) await untilReplaced(found, script.url.href);
  const link = DaemonLink.to(found, () => findAgain(script, found.scope));
  link.isOwnScript = script !== undefined;
  return link;
}

/** @returns the registration, or why there are no service workers here */
async function registrationAt(
  location: DaemonLocation,
  script: Script | undefined,
): Promise<ServiceWorkerRegistration | string> {
  const reason = whyNoServiceWorkers();
  if (reason !== undefined) return reason;
  if (script === undefined && location !== undefined) return location as ServiceWorkerRegistration;
  try {
    return await (script === undefined ? pageRegistration() : registrationOf(script));
  } catch (cause) {
    // If the browser refuses this as well, the script is not the cause.
    const refusal = await navigator.serviceWorker.getRegistrations().catch(String);
    if (typeof refusal === "string") return `the browser refuses service workers here (${refusal})`;
    throw cause;
  }
}

/** Finds the daemon of a scope whose registration is gone. If the app gave a script, it is registered again. */
async function findAgain(script: Script | undefined, scope: string): Promise<ServiceWorkerRegistration> {
  const deadline = Date.now() + REGISTRATION_MS;
  for (;;) {
    try {
      const found = await (script === undefined ? registrationFor(scope) : registrationOf(script));
      if (found === undefined)
        throw daemonMissing(`the registration of ${scope} was removed. Reload the page`);
      await untilActive(found);
      return found;
    } catch (error) {
      // The browser may still be deleting it, and the app may notice and register its worker itself.
      if (Date.now() >= deadline) throw error;
    }
    await pause(POLL_MS);
  }
}
