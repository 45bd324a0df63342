import type { TestServer } from "../../server/server.ts";
import { builtFile } from "./built-file.ts";
import type { TestPage } from "./test-browser.ts";

/** The script under which the app's worker is registered, whichever version of it is deployed. */
const SCRIPT = "/routes.js";

export interface RoutedWorker {
  /** A worker of tests/support/app. */
  readonly worker: string;
  /** The options of its plugin. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The old queue that it adopts. */
  readonly adopts?: string;
  /** Options for that. */
  readonly adopting?: Readonly<Record<string, unknown>>;
  /** The place at which it stands still: see app/stop-points.ts. */
  readonly stopPoint?: string;
  /** When another worker takes a row out of the old queue, before or after the write that replaces rows. */
  readonly takes?: string;
  /** It does not take over from the worker before it. */
  readonly isPatient?: boolean;
}

/** Puts an app's worker on the server, and waits until the page is controlled by it. */
export async function deployWorker(page: TestPage, site: TestServer, worker: RoutedWorker): Promise<void> {
  const url = await serveWorker(site, worker);
  await page.evaluate(async (url) => {
    void navigator.serviceWorker.register(url, { scope: "/" });
    // A request waits until it is activated. In WebKit, the object of this page may not learn that it is.
    while (!navigator.serviceWorker.controller?.scriptURL.endsWith(url))
      await new Promise((resolve) => setTimeout(resolve, 20));
  }, url);
}

/** Deploys a worker that does not take over from the one before it, and waits until it is installed. */
export async function deployWaitingWorker(
  page: TestPage,
  site: TestServer,
  worker: RoutedWorker,
): Promise<void> {
  const url = await serveWorker(site, { ...worker, isPatient: true });
  await page.evaluate(async (url) => {
    const registration = await navigator.serviceWorker.register(url, { scope: "/" });
    // The first one has none to wait for.
    while (registration.waiting === null && !registration.active?.scriptURL.endsWith(url))
      await new Promise((resolve) => setTimeout(resolve, 20));
  }, url);
}

/** The same as `deployWorker`, for a worker that stands still: waits until it does. */
export async function deployUntilStopPoint(
  page: TestPage,
  site: TestServer,
  worker: RoutedWorker,
): Promise<void> {
  const url = await serveWorker(site, worker);
  await page.evaluate(async (url) => {
    const isHere = new Promise((resolve) => {
      new BroadcastChannel("stop-points").addEventListener("message", resolve);
    });
    await navigator.serviceWorker.register(url, { scope: "/" });
    await isHere;
  }, url);
}

/** Puts a worker on the server. @returns its URL, which says what it does */
export async function serveWorker(
  site: TestServer,
  { worker, options = {}, adopts, adopting = {}, stopPoint, takes, isPatient }: RoutedWorker,
): Promise<string> {
  const query = new URLSearchParams({
    worker,
    options: JSON.stringify(options),
    adopting: JSON.stringify(adopting),
    ...(adopts !== undefined && { adopts }),
    ...(stopPoint !== undefined && { stopPoint }),
    ...(takes !== undefined && { takes }),
    ...(isPatient && { isPatient: "" }),
  });
  const script = await builtFile(`${worker}.js`);
  site.serve(SCRIPT, { body: `${script}\n// ${query}`, type: "text/javascript" });
  return `${SCRIPT}?${query}`;
}

/** The server destroys the socket of every request to these paths. */
export function breakNetwork(site: TestServer, ...paths: readonly string[]): void {
  for (const path of paths) site.route(path, (request) => void request.socket.destroy());
}

/** Opens the session in the page: as its owner, with handlers that note what they get. */
export function openRoutedSession(page: TestPage): Promise<string> {
  return page.evaluate(async () => (await app.open("test", { serviceWorker: undefined as never })).role);
}

/** The orders that the server has answered, as they came. The daemon's probes, which are HEAD requests, are none. */
export function arrived(site: TestServer): string[] {
  return site
    .requests(({ path, method, status }) => path.startsWith("/order/") && method !== "HEAD" && status === 200)
    .map(({ path }) => path.slice("/order/".length));
}

interface SentInit {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

/** Sends a request as the app's own code does. @returns the status and the text, or the name of the error */
export function send(page: TestPage, path: string, init: SentInit = {}): Promise<string> {
  return page.evaluate(
    async ([path, init]) => {
      try {
        const response = await fetch(path, { method: "POST", ...init });
        return `${response.status} ${await response.text()}`;
      } catch (error) {
        return (error as Error).name;
      }
    },
    [path, init] as const,
  );
}

/** What the named handler has got so far: the text of each response. */
export function handled(page: TestPage): Promise<(string | undefined)[]> {
  return page.evaluate(async () =>
    (await app.entries()).filter(({ id }) => id === "sent").map(({ text, error }) => text ?? error),
  );
}

/** Returns the unfinished tasks that the page sees: their queues and paths. */
export function seenTasks(page: TestPage): Promise<string[]> {
  return page.evaluate(() =>
    (app.BackgroundSession.current("test")?.tasks() ?? []).map(
      ({ queue, description }) => `${queue} ${description}`,
    ),
  );
}

/** What workers have reported of their adoptions. */
export function adoptions(page: TestPage): Promise<unknown[]> {
  return page.evaluate(async () =>
    (await app.entries()).filter(({ id }) => id === "adopted").map(({ context }) => context),
  );
}
