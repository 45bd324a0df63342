import { namesOf } from "../protocol/names.ts";

const FOUND_WITHIN_MS = 5_000;

/** What is used of Playwright's `BrowserContext`. */
export interface ContextLike {
  /** To speak to the debugger. */
  newCDPSession(page: never): Promise<object>;
  /** A page to speak to it from, if none is given. */
  newPage(): Promise<PageLike>;
}

/** What is used of Playwright's `Page`. */
export interface PageLike {
  /** The browser context of the page. */
  context(): ContextLike;
  /** To have the page crash. */
  goto(url: string): Promise<unknown>;
  /** To know that it has crashed. */
  waitForEvent(event: "crash"): Promise<unknown>;
  /** To close it then. */
  close(): Promise<void>;
}

/**
 * Stops the service workers of the page's browser context between two lines, as the browser does at any time. Chromium
 * only.
 */
export function killWorker(page: PageLike): Promise<void> {
  return debugging(page, async (session) => {
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.stopAllWorkers");
  });
}

/**
 * Kills the tab of the app, as running out of memory does: it hears of nothing, and its page is closed. A page that has
 * crashed by itself is only closed. If no other tab of the site is open, its worker may die with it. Chromium only.
 */
export async function killPage(page: PageLike): Promise<void> {
  // Playwright says so if the browser is not Chromium; otherwise nothing would crash.
  await debugging(page, async () => {});
  const crashed = page.waitForEvent("crash");
  // A page that had crashed before does not crash again.
  const going = page.goto("chrome://crash").then(
    () => crashed,
    ({ message }) => /Page crashed/.test(message) || crashed,
  );
  await Promise.race([crashed, going]);
  await page.close();
}

/**
 * Has the browser start the worker that was registered with this scope, as for a sync event: it goes on with its tasks, and
 * launches the app if it owes it events. Chromium only.
 * @param scope the worker's scope, e.g. `"http://localhost:3000/"`, or a URL above the scope of the only worker there
 * @throws Error if no such worker is registered
 */
export async function wakeWorker(context: ContextLike, scope: string): Promise<void> {
  const { href, origin } = new URL(scope);
  // No client of the worker: the app has no page because of it.
  const page = await context.newPage();
  try {
    await debugging(page, async (session) => {
      const finding = findRegistration(session, href);
      await session.send("ServiceWorker.enable");
      const { registrationId, scopeURL } = await finding;
      const tag = namesOf(scopeURL).syncTag;
      await session.send("ServiceWorker.dispatchSyncEvent", {
        origin,
        registrationId,
        tag,
        lastChance: false,
      });
    });
  } finally {
    await page.close();
  }
}

/** Chromium tells all registrations at once: what is not among them is not there. */
function findRegistration(session: Debugger, scope: string): Promise<Registration> {
  return new Promise((resolve, reject) => {
    const known = new Map<string, Registration>();
    const timer = setTimeout(() => {
      const names = known.size > 0 ? `There are: ${[...known.keys()].join(", ")}` : "There is none.";
      reject(new Error(`No service worker is registered with the scope ${scope}. ${names}`));
    }, FOUND_WITHIN_MS);
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      for (const one of registrations) {
        if (one.isDeleted) known.delete(one.scopeURL);
        else known.set(one.scopeURL, one);
      }
      const below = [...known.values()].filter(({ scopeURL }) => scopeURL.startsWith(scope));
      const found = known.get(scope) ?? (below.length === 1 ? below[0] : undefined);
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}

interface Registration {
  readonly registrationId: string;
  readonly scopeURL: string;
  readonly isDeleted: boolean;
}

interface Registrations {
  readonly registrations: readonly Registration[];
}

/** What is used of Playwright's `CDPSession`, whose types know each method by its name. */
interface Debugger {
  send(method: string, parameters?: object): Promise<unknown>;
  on(event: string, listener: (details: Registrations) => void): unknown;
  detach(): Promise<void>;
}

async function debugging(page: PageLike, act: (session: Debugger) => Promise<void>): Promise<void> {
  const session = (await page.context().newCDPSession(page as never)) as Debugger;
  try {
    await act(session);
  } finally {
    // It never ends if the page has crashed.
    session.detach().catch(() => {});
  }
}
