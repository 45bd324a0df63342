import { SessionError } from "../protocol/session-error.ts";
import type { Greeting, VersionRange } from "../protocol/versions.ts";
import { agree, PROTOCOL } from "../protocol/versions.ts";
import type { KnownDaemon } from "../store/schema.ts";
import { DaemonLink } from "./daemon-link.ts";
import { pause } from "./pause.ts";

/** Where the daemon is: the script of the ready worker, a registration, or (absent) that of the page. */
export type DaemonLocation = string | URL | ServiceWorkerRegistration | undefined;

/** A page that registers its worker a little later than it opens a session is still served. */
const REGISTRATION_MS = 5_000;
const ACTIVATION_MS = 30_000;
const HELLO_MS = 10_000;
const UPDATE_MS = 10_000;

/**
 * Finds the service worker that runs the daemon and waits until it is active. The page need not be controlled by it.
 * @throws SessionError `daemon-missing` with the reason and what to do about it
 */
export async function findDaemon(
  location: DaemonLocation,
  signal: AbortSignal | undefined,
): Promise<DaemonLink> {
  const local = DaemonLink.local();
  if (local !== undefined) return local;
  const registration = await registrationAt(location);
  signal?.throwIfAborted();
  await untilActive(registration, signal);
  return DaemonLink.to(registration);
}

async function registrationAt(location: DaemonLocation): Promise<ServiceWorkerRegistration> {
  const container = serviceWorkerContainer();
  if (container === undefined) throw missing(reasonForNoContainer());
  if (location === undefined) return pageRegistration(container);
  if (typeof location === "object" && !(location instanceof URL)) return location;
  const script = new URL(location, globalThis.document?.baseURI ?? globalThis.location.href);
  const known = await container.getRegistration(new URL(".", script)).catch(() => undefined);
  const registering = container.register(script);
  if (known?.active?.scriptURL === script.href) {
    // Not waited for: that takes seconds where the browser is just looking for an update.
    registering.catch(() => {});
    return known;
  }
  try {
    return await registering;
  } catch (cause) {
    throw missing(`${script.href} could not be registered (${String(cause)}). ${REGISTRATION_HELP}`, cause);
  }
}

/** A sandboxed frame throws where others have nothing. */
function serviceWorkerContainer(): ServiceWorkerContainer | undefined {
  try {
    return globalThis.navigator?.serviceWorker;
  } catch {
    return undefined;
  }
}

const REGISTRATION_HELP =
  "Open that address: it must be JavaScript from this origin. The ready script is dist/sw.js of the package; copy it " +
  'to the root of your site. A script with import statements is registered by you, with { type: "module" }, and its ' +
  "registration passed as serviceWorker";

function reasonForNoContainer(): string {
  if (typeof globalThis.navigator === "undefined" || typeof globalThis.location === "undefined") {
    return "this is not a browser; open the session in the page";
  }
  if (globalThis.isSecureContext === false) return "service workers need https: or localhost";
  return "this browser has no service workers here (a private window, a web view, a sandboxed frame, or a worker); open the session in a page";
}

async function pageRegistration(container: ServiceWorkerContainer): Promise<ServiceWorkerRegistration> {
  const found = await container.getRegistration();
  if (found !== undefined) return found;
  const later = await Promise.race([container.ready, pause(REGISTRATION_MS)]);
  if (later !== undefined) return later;
  const [other] = await container.getRegistrations();
  if (other !== undefined) {
    throw missing(
      `the registration with the scope ${other.scope} does not cover this page. Pass it as serviceWorker`,
    );
  }
  throw missing(
    "no service worker is registered for this page. Register your own that calls startDaemon(), " +
      'or pass serviceWorker: "/sw.js", the ready script of the package',
  );
}

/** Waits for the first worker of a registration; an active one is there at once. */
async function untilActive(
  registration: ServiceWorkerRegistration,
  signal: AbortSignal | undefined,
): Promise<void> {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active !== null) return;
  if (worker === null) throw missing("the registration has no worker; was it unregistered?");
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => finish(missing(`${worker.scriptURL} did not become active in time`)),
      ACTIVATION_MS,
    );
    const finish = (error?: unknown): void => {
      clearTimeout(timer);
      worker.removeEventListener("statechange", check);
      signal?.removeEventListener("abort", check);
      if (error === undefined) resolve();
      else reject(error);
    };
    const check = (): void => {
      if (signal?.aborted) finish(signal.reason);
      else if (registration.active !== null) finish();
      else if (worker.state === "redundant")
        finish(missing(`${worker.scriptURL} failed to install; see its errors`));
    };
    worker.addEventListener("statechange", check);
    signal?.addEventListener("abort", check);
    check();
  });
}

/**
 * Makes sure that it is our daemon who answers, and that it speaks our language; an old one is asked to update.
 * @returns what it said of itself
 * @throws SessionError `daemon-missing`, `daemon-outdated` or `page-outdated`
 */
export async function greet(link: DaemonLink, session: string): Promise<Greeting> {
  const { registration } = link;
  const first = await hello(link, session).catch((error: unknown) => error);
  if (isAgreed(first)) return first;
  if (agreementWith(first) === "page-outdated") throw outdatedPage();
  if (registration === undefined) throw first;
  const hasChanged = await updated(registration);
  const second = hasChanged ? await hello(link, session).catch((error: unknown) => error) : first;
  if (isAgreed(second)) return second;
  if (second instanceof Error) {
    throw missing(
      `${registration.active?.scriptURL} does not run startDaemon(), or its script fails`,
      second,
    );
  }
  throw new SessionError(
    "daemon-outdated",
    "The service worker is of an older version than the page and its update did not come. Close the other tabs of the app, or reload.",
  );
}

/** Whether a daemon that was met before is the one behind `link`, and speaks our language: it need not be waited for. */
export function isKnown({ registration }: DaemonLink, known: KnownDaemon | undefined): known is KnownDaemon {
  return known?.script === registration?.active?.scriptURL && isAgreed(known?.greeting);
}

function hello(link: DaemonLink, session: string): Promise<unknown> {
  return link.request({ type: "hello", versions: PROTOCOL, session }, HELLO_MS);
}

function agreementWith(answer: unknown): ReturnType<typeof agree> | undefined {
  const versions = (answer as { versions?: VersionRange } | undefined)?.versions;
  return versions && agree(PROTOCOL, versions);
}

function isAgreed(answer: unknown): answer is Greeting {
  return agreementWith(answer) === "agreed";
}

/** Has the browser look for a newer worker and waits a while for it to take over (V2). @returns whether it did */
async function updated(registration: ServiceWorkerRegistration): Promise<boolean> {
  const old = registration.active;
  const deadline = Date.now() + UPDATE_MS;
  await Promise.race([registration.update().catch(() => {}), pause(UPDATE_MS)]);
  const isComing = (): boolean => registration.installing !== null || registration.waiting !== null;
  while (registration.active === old && isComing() && Date.now() < deadline) await pause(100);
  return registration.active !== old;
}

function outdatedPage(): SessionError {
  return new SessionError(
    "page-outdated",
    "The page is of an older version than the service worker. Reload it.",
  );
}

function missing(reason: string, cause?: unknown): SessionError {
  return new SessionError("daemon-missing", `There is no daemon to run the transfers: ${reason}.`, { cause });
}
