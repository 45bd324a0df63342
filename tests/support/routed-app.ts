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
}

/** Puts an app's worker on the server, and waits until the page is controlled by it. */
export async function deployWorker(
  page: TestPage,
  site: TestServer,
  { worker, options = {}, adopts, adopting = {} }: RoutedWorker,
): Promise<void> {
  const query = new URLSearchParams({
    options: JSON.stringify(options),
    adopting: JSON.stringify(adopting),
    ...(adopts !== undefined && { adopts }),
  });
  const script = await builtFile(`${worker}.js`);
  site.serve(SCRIPT, { body: `${script}\n// ${query}`, type: "text/javascript" });
  await page.evaluate(async (url) => {
    const registration = await navigator.serviceWorker.register(url, { scope: "/" });
    await registration.update();
    const next = registration.installing ?? registration.waiting ?? registration.active;
    while (next?.state !== "activated" || navigator.serviceWorker.controller !== next)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }, `${SCRIPT}?${query}`);
}

/** The server destroys the socket of every request to these paths. */
export function breakNetwork(site: TestServer, ...paths: readonly string[]): void {
  for (const path of paths) site.route(path, (request) => void request.socket.destroy());
}

/** Opens the session in the page: as its owner, with handlers that note what they get. */
export function openRoutedSession(page: TestPage): Promise<string> {
  return page.evaluate(async () => (await app.open("test", { serviceWorker: undefined as never })).role);
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

/** Returns what the databases of workbox and Serwist have, in the order of their keys. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look at it from the outside
export function oldRows(page: TestPage): Promise<any[]> {
  return page.evaluate(async () => {
    const found = [];
    for (const { name = "" } of await indexedDB.databases()) {
      if (!/^(workbox|serwist)-background-sync$/.test(name)) continue;
      const database = await app.openDB(name);
      const rows = await database.getAll("requests");
      // The daemon's own mark.
      found.push(...rows.filter(({ queueName }) => !queueName.startsWith("background-session:")));
      database.close();
    }
    return found;
  });
}

/** What workers have reported of their adoptions. */
export function adoptions(page: TestPage): Promise<unknown[]> {
  return page.evaluate(async () =>
    (await app.entries()).filter(({ id }) => id === "adopted").map(({ context }) => context),
  );
}
