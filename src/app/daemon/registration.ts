import { pause } from "../../async/pause.ts";
import { SessionError } from "../../protocol/session-error.ts";
import { noteScript, readScripts } from "../../store/registered-scripts.ts";
import { withDatabase } from "../../store/with-database.ts";
import { warnIfSlow } from "../warn.ts";
import { pathOf, type Script } from "./daemon-location.ts";
import { daemonMissing } from "./daemon-missing.ts";

/** A page may register its worker a little later than it opens a session. */
export const REGISTRATION_MS = 5_000;
const REGISTRATION_WARNING_MS = 1_000;
/** Other options of a script that is registered already can wait until the session is open. */
const REGISTER_AGAIN_MS = 1_000;

/**
 * Registers a script, unless its scope has it already.
 * @throws SessionError `daemon-missing` if the browser refuses it, or another script's worker would have to go
 */
export async function registrationOf(script: Script): Promise<ServiceWorkerRegistration> {
  try {
    return await register(script);
  } catch (cause) {
    if (cause instanceof SessionError) throw cause;
    throw daemonMissing(
      `${script.url.href} could not be registered (${cause}). Open that address: it must be JavaScript from this ` +
        "origin. The ready script is dist/sw.js of the package; copy it to the root of your site. For a module, " +
        'pass serviceWorker: { url, type: "module" }. If the page requires Trusted Types, pass a TrustedScriptURL',
      cause,
    );
  }
}

async function register({
  url,
  address,
  scope,
  options,
  replace,
}: Script): Promise<ServiceWorkerRegistration> {
  const container = navigator.serviceWorker;
  const known = await registrationFor(scope);
  if (known && !replace) await checkReplacing(known, url);
  if (known?.active?.scriptURL === url.href) {
    // It is not waited for: that takes seconds if the browser is looking for an update. The app may unregister it first.
    const again = async () => (await registrationFor(scope)) && container.register(address, options);
    setTimeout(() => again().catch(() => {}), REGISTER_AGAIN_MS);
    return known;
  }
  const noting = withDatabase(scope, (database) => noteScript(database, url.pathname)).catch(() => {});
  const [registration] = await Promise.all([container.register(address, options), noting]);
  return registration;
}

/** Finds the registration of a scope. The browser would find one of a wider scope, too. */
export async function registrationFor(scope: string): Promise<ServiceWorkerRegistration | undefined> {
  const found = await navigator.serviceWorker.getRegistration(scope);
  return found?.scope === scope ? found : undefined;
}

/**
 * Protects the site's own worker, which another script would replace. If only the query differs, it is a new version.
 * @throws SessionError `daemon-missing` if the library did not register the worker that is there
 */
async function checkReplacing(known: ServiceWorkerRegistration, { pathname }: URL): Promise<void> {
  const { scope, installing, waiting, active } = known;
  const paths = [installing, waiting, active].flatMap((worker) => worker?.scriptURL ?? []).map(pathOf);
  const others = paths.filter((path) => path !== pathname);
  if (others.length === 0) return;
  const ours = await withDatabase(scope, readScripts);
  const foreign = others.find((path) => !ours.includes(path));
  if (foreign === undefined) return;
  throw daemonMissing(
    `${scope} has the worker ${foreign}, which ${pathname} would replace. If that worker calls startDaemon(), leave ` +
      "serviceWorker out or pass its registration; to replace it, pass serviceWorker: { url, replace: true }",
  );
}

/**
 * Finds the registration that covers this page, and waits a while for one.
 * @throws SessionError `daemon-missing` if there is none
 */
export async function pageRegistration(): Promise<ServiceWorkerRegistration> {
  const container = navigator.serviceWorker;
  const found = await container.getRegistration();
  if (found !== undefined) return found;
  const later = await warnIfSlow(
    Promise.race([container.ready, pause(REGISTRATION_MS)]),
    REGISTRATION_WARNING_MS,
    () => `open() waits for a service worker to be registered for this page. ${REGISTER}.`,
  );
  if (later !== undefined) return later;
  const [other] = await container.getRegistrations();
  throw daemonMissing(
    other === undefined
      ? `no service worker is registered for this page. ${REGISTER}`
      : `the registration with the scope ${other.scope} does not cover this page. Pass it as serviceWorker`,
  );
}

const REGISTER =
  "Register your own that calls startDaemon(), " +
  'or pass serviceWorker: "/sw.js", the ready script of the package';
