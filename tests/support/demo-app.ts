import type { Locator, Page } from "@playwright/test";
import { startServer, type TestServer } from "../../server/server.ts";
import { DEMO_DIR } from "./build-site.ts";
import { test as base, expect } from "./fixtures.ts";
import { PlaywrightBrowser } from "./playwright-browser.ts";

/** The demo on its own server, used as a person does: by what can be read and clicked on its page. */
export class DemoApp {
  readonly server: TestServer;
  readonly #browser: PlaywrightBrowser;

  constructor(server: TestServer, browser: PlaywrightBrowser) {
    this.server = server;
    this.#browser = browser;
  }

  /** Opens the app in a new tab, and waits until it can be used. */
  async open(): Promise<Page> {
    const page = await this.#browser.context.newPage();
    await page.goto(this.server.origin);
    await expect(page.getByRole("button", { name: "Download", exact: true })).toBeEnabled();
    return page;
  }

  /** Grants these permissions and no others. */
  async grant(...permissions: string[]): Promise<void> {
    await this.#browser.context.grantPermissions(permissions, { origin: this.server.origin });
  }

  /** Takes the pages and the worker offline, or online again. */
  async setOffline(isOffline: boolean): Promise<void> {
    await this.#browser.context.setOffline(isOffline);
  }

  /** Waits for the app's notifications. @returns their titles */
  async notifications(count: number): Promise<string[]> {
    let titles: string[] = [];
    await this.#watch(async (page) => {
      titles = await page.evaluate(titlesShown);
      return titles.length === count;
    });
    return titles;
  }

  /** Waits until a background launch is over. */
  async launched(): Promise<void> {
    await this.#watch((page) => page.evaluate(hasLaunched));
  }

  /** Looks from a page that leaves the app's sessions alone. */
  async #watch(isThere: (page: Page) => Promise<boolean>): Promise<void> {
    const page = await this.#browser.context.newPage();
    await page.goto(`${this.server.origin}/favicon.svg`);
    await expect.poll(() => isThere(page), { timeout: 60_000 }).toBe(true);
    await page.close();
  }
}

/** What ended in earlier visits, or while no page was open. */
export function kept(page: Page): Locator {
  return page.getByRole("region", { name: "Kept on this device" });
}

/** The timeline's entries of each launch, newest first. */
export function launches(page: Page): Locator {
  return page.getByRole("region", { name: "While you were away" }).locator(":scope > ul > li");
}

/** The lines of one launch. */
export function linesOf(launch: Locator): Locator {
  return launch.locator('[data-part="sentence"]');
}

export const test = base.extend<{ demo: DemoApp }>({
  demo: async ({ browserApp }, use) => {
    if (!(browserApp instanceof PlaywrightBrowser)) throw new Error("The demo needs Playwright's locators.");
    const server = await startServer({ staticDirs: [DEMO_DIR], keepAlive: false });
    await use(new DemoApp(server, browserApp));
    await server.close();
  },
});

export { expect };

async function titlesShown(): Promise<string[]> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const shown = (await registration?.getNotifications()) ?? [];
  return shown.map(({ title }) => title);
}

/** The app logs it right before it calls the completion handler. */
async function hasLaunched(): Promise<boolean> {
  const opening = indexedDB.open("downloads-library");
  await new Promise((resolve) => opening.addEventListener("success", resolve));
  const entries = opening.result.transaction("timeline").objectStore("timeline").getAll();
  await new Promise((resolve) => entries.addEventListener("success", resolve));
  opening.result.close();
  return entries.result.some(({ event }) => event.kind === "handler-called");
}
