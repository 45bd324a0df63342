import { type Lack, TestBrowser } from "./chromium.ts";
import { test as base } from "./fixtures.ts";

/** The tests of a browser that has no service workers; the daemon is where its pages are. */
export const test = base.extend<{ lacks: readonly Lack[] }>({
  lacks: [["service workers"], { option: true }],
  browserApp: async ({ lacks }, use) => {
    const browser = await TestBrowser.launch({ lacks });
    await use(browser);
    await browser.close();
  },
});

/** Both kinds of workers that a page can start. */
export const KINDS_OF_WORKER: readonly (readonly [name: string, lacks: readonly Lack[]])[] = [
  ["a shared worker", ["service workers"]],
  ["a worker of each page", ["service workers", "shared workers"]],
];
