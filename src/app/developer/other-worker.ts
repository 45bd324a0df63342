import { LIBRARY_VERSION } from "../../protocol/library-version.ts";
import { type Greeting, PROTOCOL } from "../../protocol/versions.ts";
import type { BackgroundSession } from "../background-session.ts";
import { CommandSender } from "../daemon/command-sender.ts";
import { type DaemonLocation, scriptAt } from "../daemon/daemon-location.ts";
import { Endpoint } from "../daemon/endpoint.ts";
import { registrationFor } from "../daemon/registration.ts";
import { warnOnce } from "../warn.ts";

/** A worker that has just been built again has replaced the one before it by then. */
const PATIENCE_MS = 10_000;

/** Warns a little later if the worker has another version of the library than the page, e.g. an old copy of `sw.js`. */
export function warnIfOtherWorker(session: BackgroundSession, location: DaemonLocation): void {
  setTimeout(() => void check(session, location).catch(() => {}), PATIENCE_MS);
}

/** Asks once, and only a worker that is registered: the app may have unregistered it meanwhile. */
async function check(session: BackgroundSession, location: DaemonLocation): Promise<void> {
  if (!session.getSnapshot().isOpen) return;
  const registration = await registrationAt(location);
  if (!registration?.active) return;
  const sender = new CommandSender(new Endpoint(registration.scope, { registration }), async () => false);
  const { library } = (await sender.request({ type: "hello", versions: PROTOCOL }, 0)) as Greeting;
  if (library === LIBRARY_VERSION) return;
  warnOnce(
    `The page has version ${LIBRARY_VERSION} of the library, and its worker ${registration.active.scriptURL} has ` +
      `${library ?? "an earlier one"}. If the worker is a copy of dist/sw.js, copy it again; if it is your own, build it ` +
      "again. Then reload the page.",
  );
}

async function registrationAt(location: DaemonLocation): Promise<ServiceWorkerRegistration | undefined> {
  const { scope } = scriptAt(location) ?? (location as ServiceWorkerRegistration | undefined) ?? {};
  return scope === undefined ? navigator.serviceWorker.getRegistration() : registrationFor(scope);
}
