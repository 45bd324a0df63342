import { namesOf } from "../protocol/names.ts";

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
 * Kills the tab of the app, as running out of memory does: it hears of nothing, and its page is closed. If no other tab of
 * the site is open, its worker may die with it. Chromium only.
 */
export async function killPage(page: PageLike): Promise<void> {
  const crashed = page.waitForEvent("crash");
  page.goto("chrome://crash").catch(() => {});
  await crashed;
  await page.close();
}

/**
 * Has the browser start the worker that was registered with this scope, as for a sync event: it goes on with its tasks, and
 * launches the app if it owes it events. Chromium only.
 * @param scope e.g. `"http://localhost:3000/"`
 */
export async function wakeWorker(context: ContextLike, scope: string): Promise<void> {
  // No client of the worker: the app has no page because of it.
  const page = await context.newPage();
  await debugging(page, async (session) => {
    const registrationId = new Promise<string>((resolve) => {
      session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const own = registrations.find(({ scopeURL, isDeleted }) => scopeURL === scope && !isDeleted);
        if (own !== undefined) resolve(own.registrationId);
      });
    });
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.dispatchSyncEvent", {
      origin: new URL(scope).origin,
      registrationId: await registrationId,
      tag: namesOf(scope).syncTag,
      lastChance: false,
    });
  });
  await page.close();
}

interface Registrations {
  readonly registrations: readonly {
    readonly registrationId: string;
    readonly scopeURL: string;
    readonly isDeleted: boolean;
  }[];
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
    await session.detach();
  }
}
