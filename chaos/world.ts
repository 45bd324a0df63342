import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { CDPSession } from "playwright";
import { startServer, type TestServer } from "../server/server.ts";
import { ChromiumBrowser } from "../tests/support/chromium.ts";
import { ENGINES } from "../tests/support/engines.ts";
import { comeBack, leaveForAnotherSite } from "../tests/support/leave.ts";
import type { EngineName, TestBrowser, TestPage } from "../tests/support/test-browser.ts";
import type { Chaos } from "./app/page.ts";
import { Guard } from "./guard.ts";
import type { Condition, Moment, OnBusy } from "./plan.ts";
import { SITE_DIR, workerScript } from "./site.ts";

declare global {
  // The global that chaos/app/page.ts puts on its page.
  var chaos: Chaos;
}

const SYNC_TAG = "workbox-background-sync:background-session:/";
/** The longest that a fault waits for its moment. */
const MOMENT_MS = 1_000;
const LOAD_MS = 20_000;
const QUOTA_BYTES = 300_000;

/** A server and a browser, and all faults that can strike them. */
export class World {
  readonly site: TestServer;
  readonly guard: Guard;
  /** The browser supports Background Fetch, so the library may use it. */
  readonly hasBackgroundFetch: boolean;
  readonly #directory: string;
  readonly #browser: TestBrowser;
  #tabs: TestPage[] = [];
  readonly #conditions = new Map<Condition, number>();
  #limit: CDPSession | undefined;
  #version = 1;
  #loads = 0;
  kills = 0;
  workerStops = 0;
  deploys = 0;
  /** The disk was full at some time. */
  wasFull = false;

  private constructor(
    site: TestServer,
    browser: TestBrowser,
    directory: string,
    hasBackgroundFetch: boolean,
  ) {
    this.hasBackgroundFetch = hasBackgroundFetch;
    this.site = site;
    this.guard = new Guard(site);
    this.#browser = browser;
    this.#directory = directory;
  }

  static async start(engine: EngineName, hasBackgroundFetch: boolean): Promise<World> {
    const directory = await mkdtemp(join(tmpdir(), "chaos-"));
    const site = await startServer({
      staticDirs: [SITE_DIR],
      keepAlive: false,
      cacheDir: join(directory, "files"),
      uploadDir: join(directory, "uploads"),
    });
    site.route("/noted", (_, response) => void response.writeHead(204).end());
    return new World(site, await ENGINES[engine].launch(), directory, hasBackgroundFetch);
  }

  /** The open tabs. */
  get tabs(): TestPage[] {
    return this.#tabs.filter((page) => !page.isClosed());
  }

  /** Chromium, for the faults that only its debugger can cause. */
  get #chromium(): ChromiumBrowser | undefined {
    return this.#browser instanceof ChromiumBrowser ? this.#browser : undefined;
  }

  /** One of the open tabs, or a new one if there is none. */
  async tab(fraction: number): Promise<TestPage> {
    const { tabs } = this;
    return tabs[Math.floor(fraction * tabs.length)] ?? this.openTab("observe");
  }

  async openTab(onBusy: OnBusy): Promise<TestPage> {
    const page = await this.#browser.newPage();
    this.#tabs.push(page);
    await this.load(page, onBusy);
    return page;
  }

  /** Loads the app in a tab, or reloads it. */
  async load(page: TestPage, onBusy: OnBusy): Promise<void> {
    const wish = this.hasBackgroundFetch ? "&background-fetch" : "";
    this.#loads += 1;
    await page.goto(`${this.site.origin}/?busy=${onBusy}${wish}&load=${this.#loads}`, { timeout: LOAD_MS });
    await page.waitForFunction(() => "chaos" in globalThis, undefined, { timeout: LOAD_MS });
  }

  /** If the other site cannot be reached, the user sees the browser's error page, and goes back from there. */
  async leaveAndReturn(page: TestPage, awayMs: number): Promise<void> {
    await leaveForAnotherSite(page, this.site).catch(() => {});
    await pause(awayMs);
    await comeBack(page, "chaos");
  }

  async stopWorker(moment: Moment): Promise<void> {
    await this.#moment(moment);
    this.workerStops += 1;
    await this.#browser.stopWorkers();
  }

  /** Kills the browser, or quits it, and starts it again. */
  async endBrowser(moment: Moment, isKilled: boolean): Promise<void> {
    await this.#moment(moment);
    if (isKilled) this.kills += 1;
    this.#limit = undefined;
    this.#tabs = [];
    await (isKilled ? this.#browser.killAndRestart() : this.#browser.closeAndRestart());
    if (this.#conditions.has("offline")) await this.#setOffline(true);
  }

  async restart(): Promise<void> {
    this.#tabs = [];
    await this.#browser.kill().catch(() => {});
    await this.#browser.start();
  }

  /**
   * Crashes a page as running out of memory does. In Firefox all pages and the worker share one process: kills cover
   * that.
   */
  async crash(page: TestPage): Promise<void> {
    if (this.#browser.engine === "firefox") return;
    await this.#browser.crash(page);
    await page.close();
  }

  async deploy(takesOver: boolean, page: TestPage): Promise<void> {
    this.#version += 1;
    this.deploys += 1;
    const body = await workerScript(this.#version, takesOver);
    this.site.serve("/sw.js", { body, type: "text/javascript" });
    await page.evaluate(() => chaos.update());
  }

  /** Wakes the worker, as the browser does when it believes that the network is back. */
  async wake(): Promise<void> {
    await this.#chromium?.sync(`${this.site.origin}/`, SYNC_TAG);
  }

  async begin(condition: Condition, rounds: number): Promise<void> {
    this.#conditions.set(condition, rounds);
    if (condition === "server-down") await this.site.goDown();
    if (condition === "offline") await this.#setOffline(true);
    if (condition === "disk-full") await this.#fillDisk();
  }

  /** Ends the conditions whose rounds have passed. */
  async tick(): Promise<void> {
    for (const [condition, rounds] of this.#conditions) {
      if (rounds > 1) this.#conditions.set(condition, rounds - 1);
      else await this.#end(condition);
    }
  }

  async endConditions(): Promise<void> {
    for (const condition of this.#conditions.keys()) await this.#end(condition);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.site.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #end(condition: Condition): Promise<void> {
    this.#conditions.delete(condition);
    if (condition === "server-down") await this.site.comeBack();
    if (condition === "offline") await this.#setOffline(false);
    if (condition === "disk-full") {
      await this.#limit?.detach().catch(() => {});
      this.#limit = undefined;
    }
  }

  /** For the pages and the worker. */
  async #setOffline(isOffline: boolean): Promise<void> {
    // A page that is crashing at this moment makes it fail for all, or never answers.
    for (let tries = 1; ; tries += 1) {
      const setting = this.#chromium?.context.setOffline(isOffline) ?? Promise.resolve();
      const isSet = await Promise.race([setting.then(() => true).catch(() => false), pause(2_000, false)]);
      if (isSet) return;
      if (tries === 5) throw new Error("The browser did not go offline, or did not come back online.");
      await pause(200);
    }
  }

  async #fillDisk(): Promise<void> {
    const chromium = this.#chromium;
    if (chromium === undefined) return;
    this.wasFull = true;
    this.#limit ??= await chromium.context.newCDPSession(await chromium.blankPage());
    await this.#limit.send("Storage.overrideQuotaForOrigin", {
      origin: this.site.origin,
      quotaSize: QUOTA_BYTES,
    });
  }

  async #moment({ after, delayMs }: Moment): Promise<void> {
    const count = (): number =>
      this.site.requests(({ url, finished }) => isOfTransfer(url) && (after === "request" || finished))
        .length;
    const before = count();
    const latest = Date.now() + MOMENT_MS;
    while (after !== "now" && count() === before && Date.now() < latest) await pause(3);
    await pause(delayMs);
  }
}

function isOfTransfer(url: string): boolean {
  return url.includes("key=");
}
