import type { TestServer } from "../../demo/server/server.ts";
import { expect } from "./fixtures.ts";

interface Gate {
  /** Lets the worker go on. */
  open(): void;
}

/** What the worker of an app that is launched in the background has done so far; see app/launch-worker.ts. */
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

  /** Waits for a step, for the `count`th time. */
  async reached(text: string, count = 1, timeoutMs = 30_000): Promise<void> {
    await expect
      .poll(() => this.seen.filter((step) => step === text).length, { timeout: timeoutMs, intervals: [50] })
      .toBeGreaterThanOrEqual(count);
  }
}
