import { ENGINES } from "./engines.ts";
import { test as base } from "./fixtures.ts";
import type { Lack } from "./test-browser.ts";

/** The tests of a browser without service workers: the daemon runs in its pages. */
export const test = base.extend<{ lacks: readonly Lack[] }>({
  lacks: [["service workers"], { option: true }],
  browserApp: async ({ engine, lacks }, use) => {
    const browser = await ENGINES[engine].launch({ lacks });
    await use(browser);
    await browser.close();
  },
});

/** Both kinds of workers that a page can start. */
export const KINDS_OF_WORKER: readonly (readonly [name: string, lacks: readonly Lack[]])[] = [
  ["a shared worker", ["service workers"]],
  ["a worker of each page", ["service workers", "shared workers"]],
];
