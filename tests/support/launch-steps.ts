import type { TestServer } from "../../server/server.ts";
import { expect } from "./fixtures.ts";
import type { TestPage } from "./test-browser.ts";

export const LAUNCH_WORKER = "/launch-worker.js";
/** The tag of the worker whose scope is the whole site. */
export const SYNC_TAG = "workbox-background-sync:background-session:/";

/** Starts a download under the worker that can be launched, and closes the page at once. */
export async function startAndLeave(
  page: TestPage,
  url: string,
  { id = "episode", worker = LAUNCH_WORKER, configuration = {}, isCompletionHandled = false } = {},
): Promise<void> {
  await page.evaluate(
    async ({ url, id, worker, configuration, isCompletionHandled }) => {
      const session =
        app.BackgroundSession.current("test") ??
        (await app.open("test", { serviceWorker: worker, configuration }));
      const completion = { handler: "sent", context: { answer: 42 } };
      await session.downloadTask(url, { id, ...(isCompletionHandled && { completion }) }).resume();
    },
    { url, id, worker, configuration, isCompletionHandled },
  );
  await page.close();
}

/** Opens the session in a page, as an app does when the user opens it. @returns its role */
export function openSession(page: TestPage, worker: string = LAUNCH_WORKER): Promise<string> {
  return page.evaluate(async (worker) => (await app.open("test", { serviceWorker: worker })).role, worker);
}

interface Gate {
  /** Lets the worker go on. */
  open(): void;
}

/** The steps so far of the worker of an app that is launched in the background; see app/launch-worker.ts. */
export class LaunchSteps {
  readonly seen: string[] = [];
  readonly #gates = new Map<string, Promise<void>>();

  constructor(site: TestServer) {
    site.route("/step", async (request, response) => {
      const text = decodeURIComponent(request.url?.split("?")[1] ?? "");
      this.seen.push(text);
      await this.#gates.get(text);
      response.end();
    });
  }

  /** Keeps the worker at this step until the gate is opened. */
  stopAt(text: string): Gate {
    let open = (): void => {};
    this.#gates.set(
      text,
      new Promise((resolve) => {
        open = () => {
          this.#gates.delete(text);
          resolve();
        };
      }),
    );
    return { open };
  }

  /** Waits until a step is reached for the `count`th time. */
  async reached(text: string, count = 1, timeoutMs = 30_000): Promise<void> {
    await expect
      .poll(() => this.seen.filter((step) => step === text).length, { timeout: timeoutMs, intervals: [50] })
      .toBeGreaterThanOrEqual(count);
  }
}
