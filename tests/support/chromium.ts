import { existsSync } from "node:fs";
import type { BrowserContext, CDPSession, Page } from "@playwright/test";
import { chromium } from "@playwright/test";
import { KEY_DIGEST } from "../../server/http2/front.ts";
import { hideFromPages } from "./hide-from-pages.ts";
import { PlaywrightBrowser } from "./playwright-browser.ts";
import { groupOfProcess } from "./processes.ts";
import { openApp, type StartOptions, type TestPage } from "./test-browser.ts";

/** Debian's Chromium, if Playwright's own download is not available. */
export function chromiumPath(): string | undefined {
  const candidates = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

export class ChromiumBrowser extends PlaywrightBrowser {
  readonly engine = "chromium";
  #quotaBytes: number | undefined;

  static async launch(options?: StartOptions): Promise<ChromiumBrowser> {
    const browser = new ChromiumBrowser();
    await browser.start(options);
    return browser;
  }

  protected async launch(profile: string, options: StartOptions): Promise<BrowserContext> {
    const { hasPageCache = true, env, quotaBytes, lacks = [] } = options;
    this.#quotaBytes = quotaBytes;
    const path = chromiumPath();
    const context = await chromium.launchPersistentContext(profile, {
      ...(path !== undefined && { executablePath: path }),
      args: [
        "--no-sandbox",
        "--disable-quic",
        "--disable-component-update",
        "--disable-gpu",
        `--ignore-certificate-errors-spki-list=${KEY_DIGEST}`,
      ],
      headless: true,
      // Playwright turns the back/forward cache off. That hides what happens to every page that a user leaves: it is
      // frozen instead of ended, may come back, and what it posts to its worker while it leaves is dropped.
      ...(hasPageCache && { ignoreDefaultArgs: ["--disable-back-forward-cache"] }),
      ...(env !== undefined && { env: { ...process.env, ...env } as Record<string, string> }),
    });
    await hideFromPages(context, lacks);
    return context;
  }

  /** Playwright starts the browser detached, which makes it the leader of a process group. */
  protected groupOf(profile: string): number {
    return groupOfProcess(`--user-data-dir=${profile}`);
  }

  override async open(url: string): Promise<Page> {
    const page = await this.newPage();
    if (this.#quotaBytes !== undefined) {
      // Lasts as long as the CDP session. It must be set before the site first uses IndexedDB, which seldom asks for
      // the quota; `navigator.storage.estimate()` does not show it.
      const cdp = await this.context.newCDPSession(page);
      const { origin } = new URL(url);
      await cdp.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: this.#quotaBytes });
    }
    await openApp(page, url);
    return page;
  }

  async stopWorkers(page?: TestPage): Promise<void> {
    const cdp = await this.context.newCDPSession((page as Page | undefined) ?? (await this.blankPage()));
    await cdp.send("ServiceWorker.enable");
    await cdp.send("ServiceWorker.stopAllWorkers");
    await cdp.detach();
  }

  /** Has the page's garbage collected. */
  async collectGarbage(page: TestPage): Promise<void> {
    const cdp = await this.context.newCDPSession(page as Page);
    await cdp.send("HeapProfiler.collectGarbage");
    await cdp.detach();
  }

  /** A click of the user, without which some things are not allowed. */
  async click(page: TestPage): Promise<void> {
    await (page as Page).mouse.click(20, 20);
  }

  /** Opens a page that is no client of any worker: the debugger needs one to attach to. */
  async blankPage(): Promise<Page> {
    const [first] = this.context.pages().filter((page) => page.url() === "about:blank");
    return first ?? this.context.newPage();
  }

  /** Wakes the worker of `scope` with a sync event, whatever the browser itself plans. */
  async sync(scope: string, tag: string, { lastChance = false, type = "sync" } = {}): Promise<void> {
    await this.#dispatch(scope, (cdp, target) =>
      type === "sync"
        ? cdp.send("ServiceWorker.dispatchSyncEvent", { ...target, tag, lastChance })
        : cdp.send("ServiceWorker.dispatchPeriodicSyncEvent", { ...target, tag }),
    );
  }

  /** Wakes the worker of `scope` with a push message. */
  async push(scope: string, data: string): Promise<void> {
    await this.#dispatch(scope, (cdp, target) =>
      cdp.send("ServiceWorker.deliverPushMessage", { ...target, data }),
    );
  }

  async #dispatch(
    scope: string,
    send: (cdp: CDPSession, target: { origin: string; registrationId: string }) => Promise<unknown>,
  ): Promise<void> {
    const cdp = await this.context.newCDPSession(await this.blankPage());
    const found = new Promise<string>((resolve) => {
      cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const own = registrations.find(({ scopeURL, isDeleted }) => scopeURL === scope && !isDeleted);
        if (own !== undefined) resolve(own.registrationId);
      });
    });
    await cdp.send("ServiceWorker.enable");
    await send(cdp, { origin: new URL(scope).origin, registrationId: await found });
    await cdp.detach();
  }

  async crash(page: TestPage): Promise<void> {
    const crashed = (page as Page).waitForEvent("crash");
    page.goto("chrome://crash").catch(() => {});
    await crashed;
  }

  async clearDatabases(page: TestPage, origin: string): Promise<void> {
    await this.#clear(page as Page, origin, "indexeddb");
  }

  protected async clearSite(origin: string): Promise<void> {
    await this.#clear(await this.blankPage(), origin, "all");
  }

  async #clear(page: Page, origin: string, storageTypes: string): Promise<void> {
    const cdp = await this.context.newCDPSession(page);
    await cdp.send("Storage.clearDataForOrigin", { origin, storageTypes });
    await cdp.detach();
  }
}
