import { isRecord } from "../../protocol/checks.ts";
import { SessionError } from "../../protocol/session-error.ts";
import type { Greeting, VersionRange } from "../../protocol/versions.ts";
import { agree, PROTOCOL } from "../../protocol/versions.ts";
import { noteScript, readScripts } from "../../store/registered-scripts.ts";
import type { KnownDaemon } from "../../store/schema.ts";
import { withDatabase } from "../../store/with-database.ts";
import { pause } from "../pause.ts";
import { warnOnce } from "../warn.ts";
import { DaemonLink } from "./daemon-link.ts";
import { PageDaemon } from "./page-daemon.ts";

/** The script of the daemon's worker, where there is more to say of it than its address. */
export interface DaemonScript extends RegistrationOptions {
  url: string | URL;
  /**
   * Registers the script even if its scope has the worker of another script, which is gone then, with its caches and all
   * that it does for the site. A script that this library has registered is replaced without it. @default false
   */
  replace?: boolean;
}

/** Where the daemon is: the script of its worker, a registration, or (absent) that of the page. */
export type DaemonLocation = string | URL | DaemonScript | ServiceWorkerRegistration | undefined;

/** A page that registers its worker a little later than it opens a session is still served. */
const REGISTRATION_MS = 5_000;
const REGISTRATION_WARNING_MS = 1_000;
const ACTIVATION_MS = 30_000;
const HELLO_MS = 10_000;
const HELLO_WARNING_MS = 2_000;
const UPDATE_MS = 10_000;
/** What else was said of a script that is there already has time until the session is open. */
const REGISTER_AGAIN_MS = 1_000;
/** One that skips waiting is there at once; another one may wait for all tabs to close. */
const REPLACEMENT_MS = 2_000;
const POLL_MS = 500;

/**
 * Finds the service worker that runs the daemon and waits until it is active. The page need not be controlled by it.
 * Where there are no service workers, the page has a worker of its own run it.
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
  await untilActive(found, signal);
  if (script !== undefined) await untilReplaced(found, script);
  const link = DaemonLink.to(found, () => findAgain(script, found.scope));
  link.isOwnScript = script !== undefined;
  return link;
}

/** Finds the daemon of a scope whose registration is gone. A script that was given is registered anew. */
async function findAgain(script: Script | undefined, scope: string): Promise<ServiceWorkerRegistration> {
  const container = navigator.serviceWorker;
  const deadline = Date.now() + REGISTRATION_MS;
  for (;;) {
    try {
      const found = await (script === undefined
        ? container.getRegistration(scope)
        : registered(container, script));
      if (found?.scope !== scope) throw missing(`the registration of ${scope} was removed. Reload the page`);
      await untilActive(found, undefined);
      return found;
    } catch (error) {
      // The browser may still be deleting, and an app that notices may register its worker itself.
      if (Date.now() >= deadline) throw error;
    }
    await pause(POLL_MS);
  }
}

/** Where the app gave a script: its address and what else it said of it. */
type Script = readonly [url: URL, options: RegistrationOptions, mayReplace: boolean];

/** @throws TypeError when it is nothing that a daemon can be found by */
function scriptAt(location: DaemonLocation): Script | undefined {
  if (location === undefined || typeof globalThis.location === "undefined") return undefined;
  const given = typeof location === "string" || isRecord(location) ? location : {};
  // An address of another realm as well.
  const isBare = typeof given === "string" || "href" in given;
  if (!isBare && !("url" in given)) {
    if ("active" in given) return undefined;
    throw new TypeError(
      "serviceWorker must be the URL of a script, { url, type, scope, replace }, or a registration: await register().",
    );
  }
  const { url, replace = false, ...options } = isBare ? { url: String(given) } : (given as DaemonScript);
  return [new URL(url, baseAddress()), options, replace];
}

function scopeOf([url, { scope }]: Script): string {
  return scope === undefined ? new URL(".", url).href : new URL(scope, baseAddress()).href;
}

function baseAddress(): string {
  return globalThis.document?.baseURI ?? globalThis.location.href;
}

/** One that has the script already is not waited for: that takes seconds where the browser is looking for an update. */
async function registrationOf(
  container: ServiceWorkerContainer,
  script: Script,
): Promise<ServiceWorkerRegistration> {
  const [url, options, mayReplace] = script;
  const scope = scopeOf(script);
  const known = await container.getRegistration(scope);
  const register = () => container.register(url, options);
  // Where there is none of this scope, that of a wider one is found.
  const isThere = known?.scope === scope;
  if (isThere && !mayReplace) await checkReplacing(known, url);
  if (!isThere || known.active?.scriptURL !== url.href) {
    const noting = withDatabase(scope, (database) => noteScript(database, url.pathname)).catch(() => {});
    const [registration] = await Promise.all([register(), noting]);
    return registration;
  }
  setTimeout(() => register().catch(() => {}), REGISTER_AGAIN_MS);
  return known;
}

/**
 * Another script would take the place of the site's own worker. With another query it is the same script's next version.
 * @throws SessionError `daemon-missing` when the worker that is there was not registered by this library
 */
async function checkReplacing(known: ServiceWorkerRegistration, { pathname }: URL): Promise<void> {
  const { scope, installing, waiting, active } = known;
  const paths = [installing, waiting, active].flatMap((worker) => worker?.scriptURL ?? []).map(pathOf);
  const others = paths.filter((path) => path !== pathname);
  if (others.length === 0) return;
  const ours = await withDatabase(scope, readScripts);
  const foreign = others.find((path) => !ours.includes(path));
  if (foreign === undefined) return;
  throw missing(
    `${scope} has the worker ${foreign}, which ${pathname} would replace. If that one calls startDaemon(), leave ` +
      "serviceWorker out or pass its registration; if it is to go, say serviceWorker: { url, replace: true }",
  );
}

export function pathOf(url: string): string {
  return new URL(url).pathname;
}

/** @returns the registration, or why there are no service workers here */
async function registrationAt(
  location: DaemonLocation,
  script: Script | undefined,
): Promise<ServiceWorkerRegistration | string> {
  const container = serviceWorkerContainer();
  if (container === undefined) return reasonForNoContainer();
  if (script === undefined && location !== undefined) return location as ServiceWorkerRegistration;
  try {
    return await (script === undefined ? pageRegistration(container) : registered(container, script));
  } catch (cause) {
    // Where that is refused as well, it is the place and not the script.
    const refusal = await container.getRegistrations().catch(String);
    if (typeof refusal === "string") return `the browser refuses service workers here (${refusal})`;
    throw cause;
  }
}

/** @throws SessionError `daemon-missing` when the browser does not take the script */
async function registered(
  container: ServiceWorkerContainer,
  script: Script,
): Promise<ServiceWorkerRegistration> {
  try {
    return await registrationOf(container, script);
  } catch (cause) {
    if (cause instanceof SessionError) throw cause;
    throw missing(
      `${script[0].href} could not be registered (${String(cause)}). ${REGISTRATION_HELP}`,
      cause,
    );
  }
}

/** @throws SessionError with `reason`, why there are no service workers, and what to do about it */
function pageDaemonAt(script: Script | undefined, reason: string): PageDaemon {
  if (globalThis.isSecureContext !== true || globalThis.document === undefined) throw missing(reason);
  if (script === undefined) {
    throw missing(`${reason}. A page can run it instead where serviceWorker is its script, e.g. "/sw.js"`);
  }
  const lacking = ["Worker", "BroadcastChannel", "indexedDB", "LockManager"].find(
    (name) => !(name in globalThis),
  );
  if (lacking !== undefined) throw missing(`${reason}, and no ${lacking} with which a page could run it`);
  const [url, { type }] = script;
  try {
    return PageDaemon.at(url, scopeOf(script), type);
  } catch (cause) {
    throw missing(`${reason}, nor other workers (${String(cause)})`, cause);
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
  'to the root of your site. A script with import statements is serviceWorker: { url, type: "module" }';

function reasonForNoContainer(): string {
  if (typeof globalThis.navigator === "undefined" || typeof globalThis.location === "undefined") {
    return "this is not a browser; open the session in the page";
  }
  if (globalThis.isSecureContext === false) return "service workers need https: or localhost";
  return "this browser has no service workers here (a private window, a web view, a sandboxed frame, or a worker)";
}

async function pageRegistration(container: ServiceWorkerContainer): Promise<ServiceWorkerRegistration> {
  const found = await container.getRegistration();
  if (found !== undefined) return found;
  const warning = setTimeout(() => warnOnce(WAITING), REGISTRATION_WARNING_MS);
  const later = await Promise.race([container.ready, pause(REGISTRATION_MS)]);
  clearTimeout(warning);
  if (later !== undefined) return later;
  const [other] = await container.getRegistrations();
  if (other !== undefined) {
    throw missing(
      `the registration with the scope ${other.scope} does not cover this page. Pass it as serviceWorker`,
    );
  }
  throw missing(`no service worker is registered for this page. ${REGISTER}`);
}

const REGISTER =
  "Register your own that calls startDaemon(), " +
  'or pass serviceWorker: "/sw.js", the ready script of the package';
const WAITING = `open() waits for a service worker to be registered for this page. ${REGISTER}.`;

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
 * Gives a worker with another address than the one before the time to take its place: it has to wait for as long as
 * anything is asked of that one.
 */
async function untilReplaced(registration: ServiceWorkerRegistration, [{ href }]: Script): Promise<void> {
  const deadline = Date.now() + REPLACEMENT_MS;
  const isComing = (): boolean => (registration.installing ?? registration.waiting)?.scriptURL === href;
  while (registration.active?.scriptURL !== href && isComing() && Date.now() < deadline) await pause(20);
}

/**
 * Makes sure that it is our daemon who answers, and that it speaks our language; an old one is asked to update.
 * @returns what it said of itself
 * @throws SessionError `daemon-missing`, `daemon-outdated` or `page-outdated`
 */
export async function greet(link: DaemonLink, session: string): Promise<Greeting> {
  const { registration, pageDaemon } = link;
  const first = await hello(link, session).catch((error: unknown) => error);
  if (isAgreed(first)) return first;
  if (agreementWith(first) === "page-outdated") throw outdatedPage();
  const hasChanged = registration === undefined ? pageDaemon?.tryAlone() : await updated(registration);
  const second = hasChanged ? await hello(link, session).catch((error: unknown) => error) : first;
  if (isAgreed(second)) return second;
  if (second instanceof Error)
    throw pageDaemon === undefined ? silentWorker(registration, second) : silentPage(pageDaemon, second);
  throw new SessionError(
    "daemon-outdated",
    "The daemon is of an older version than the page and its update did not come. Close the other tabs of the app, or reload.",
  );
}

/** Whether a daemon that was met before is the one behind `link`, and speaks our language: it need not be waited for. */
export function isKnown({ registration }: DaemonLink, known: KnownDaemon | undefined): known is KnownDaemon {
  return known?.script === registration?.active?.scriptURL && isAgreed(known?.greeting);
}

function hello(link: DaemonLink, session: string): Promise<unknown> {
  const script = link.registration?.active?.scriptURL ?? link.pageDaemon?.script;
  const warning = setTimeout(
    () => warnOnce(`${script} does not answer. Does it call startDaemon(), at its top and synchronously?`),
    HELLO_WARNING_MS,
  );
  const answer = link.request({ type: "hello", versions: PROTOCOL, session }, HELLO_MS);
  return answer.finally(() => clearTimeout(warning));
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
  return new SessionError("page-outdated", "The page is of an older version than the daemon. Reload it.");
}

function silentWorker(registration: ServiceWorkerRegistration | undefined, cause: Error): SessionError {
  return missing(`${registration?.active?.scriptURL} does not run startDaemon(), or its script fails`, cause);
}

function silentPage(pageDaemon: PageDaemon, cause: Error): SessionError {
  pageDaemon.giveUp();
  const { script, error = "no error was told" } = pageDaemon;
  const reason =
    `there are no service workers here, and ${script.href} did not run startDaemon() in a worker of the page ` +
    `(${error}). What it does before must not need "registration", "clients" or "skipWaiting"`;
  return missing(reason, cause);
}

function missing(reason: string, cause?: unknown): SessionError {
  return new SessionError("daemon-missing", `There is no daemon to run the transfers: ${reason}.`, { cause });
}
