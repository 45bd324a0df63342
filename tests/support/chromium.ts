import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type CDPSession, chromium, type Page } from "playwright";
import { residentBytesOfGroup } from "./processes.ts";

/** Debian's, where Playwright's own download cannot be had. */
export function chromiumPath(): string | undefined {
  const candidates = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/** What a browser can lack that its engine has. */
export type Lack = "service workers" | "shared workers";

export interface StartOptions {
  readonly lacks?: readonly Lack[];
  /** Pages that are left are kept to come back to, as they are for a user. */
  readonly hasPageCache?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real Chromium on a profile of its own, which survives when the browser is killed. */
export class TestBrowser {
  readonly #profile: string;
  #context: BrowserContext | undefined;

  private constructor(profile: string) {
    this.#profile = profile;
  }

  static async launch(options?: StartOptions): Promise<TestBrowser> {
    const browser = new TestBrowser(await mkdtemp(join(tmpdir(), "background-session-")));
    await browser.start(options);
    return browser;
  }

  get context(): BrowserContext {
    if (this.#context === undefined) throw new Error("The browser is not running.");
    return this.#context;
  }

  async start({ hasPageCache = false, env, lacks = [] }: StartOptions = {}): Promise<void> {
    const path = chromiumPath();
    this.#context = await chromium.launchPersistentContext(this.#profile, {
      ...(path !== undefined && { executablePath: path }),
      args: ["--no-sandbox", "--disable-quic", "--disable-component-update", "--disable-gpu"],
      headless: true,
      ...(hasPageCache && { ignoreDefaultArgs: ["--disable-back-forward-cache"] }),
      ...(env !== undefined && { env: { ...process.env, ...env } as Record<string, string> }),
    });
    // Chromium has no switch for either: its pages do not see them.
    await this.#context.addInitScript((names) => {
      if (names.includes("service workers")) Reflect.deleteProperty(Navigator.prototype, "serviceWorker");
      if (names.includes("shared workers")) Reflect.deleteProperty(globalThis, "SharedWorker");
    }, lacks);
  }

  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    await page.waitForFunction(() => "app" in globalThis);
    return page;
  }

  /** SIGKILL for every process of the browser, then a new one on the same profile. */
  async killAndRestart(options?: StartOptions): Promise<void> {
    await this.kill();
    await this.start(options);
  }

  /** As a user quits a browser, then a new one on the same profile. */
  async closeAndRestart(options?: StartOptions): Promise<void> {
    await this.context.close();
    await this.start(options);
  }

  async kill(): Promise<void> {
    const context = this.context;
    const closed = new Promise<void>((resolve) => context.once("close", () => resolve()));
    process.kill(-groupOf(this.#profile), "SIGKILL");
    await closed;
    this.#context = undefined;
  }

  /** Stops every service worker, as the browser does when it wants to. */
  async stopWorkers(page: Page): Promise<void> {
    const cdp: CDPSession = await this.context.newCDPSession(page);
    await cdp.send("ServiceWorker.enable");
    await cdp.send("ServiceWorker.stopAllWorkers");
    await cdp.detach();
  }

  /** A page that is no client of any worker: something for the debugger to hold on to. */
  async blankPage(): Promise<Page> {
    const [first] = this.context.pages().filter((page) => page.url() === "about:blank");
    return first ?? this.context.newPage();
  }

  /** Wakes the worker of `scope` with a sync event, whatever the browser's own plan is. */
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

  /** Crashes the renderer of a page, as running out of memory does. */
  async crash(page: Page): Promise<void> {
    const crashed = page.waitForEvent("crash");
    page.goto("chrome://crash").catch(() => {});
    await crashed;
  }

  /** Takes the database away under the pages of an origin, as eviction does. */
  async clearDatabases(page: Page, origin: string): Promise<void> {
    const cdp = await this.context.newCDPSession(page);
    await cdp.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
    await cdp.detach();
  }

  /** Resident memory of all processes of the browser, in bytes. */
  residentBytes(): Promise<number> {
    return residentBytesOfGroup(groupOf(this.#profile));
  }

  async close(): Promise<void> {
    await this.#context?.close().catch(() => {});
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The leader of the browser's process group, which Playwright starts detached. */
function groupOf(profile: string): number {
  const [pid = ""] = mainProcessesOf(profile);
  return Number(execFileSync("ps", ["-o", "pgid=", "-p", pid], { encoding: "utf8" }).trim());
}

function mainProcessesOf(profile: string): string[] {
  const pids = execFileSync("pgrep", ["-f", "--", `--user-data-dir=${profile}`], { encoding: "utf8" });
  return pids.trim().split("\n");
}
