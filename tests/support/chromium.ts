import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type CDPSession, type Page } from "@playwright/test";

/** Debian's, where Playwright's own download cannot be had. */
export function chromiumPath(): string | undefined {
  const candidates = [process.env["CHROMIUM_PATH"], "/usr/bin/chromium"];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/** A real Chromium on a profile of its own, which survives when the browser is killed. */
export class TestBrowser {
  readonly #profile: string;
  #context: BrowserContext | undefined;

  private constructor(profile: string) {
    this.#profile = profile;
  }

  static async launch(): Promise<TestBrowser> {
    const browser = new TestBrowser(await mkdtemp(join(tmpdir(), "background-session-")));
    await browser.start();
    return browser;
  }

  get context(): BrowserContext {
    if (this.#context === undefined) throw new Error("The browser is not running.");
    return this.#context;
  }

  async start(): Promise<void> {
    const path = chromiumPath();
    this.#context = await chromium.launchPersistentContext(this.#profile, {
      ...(path !== undefined && { executablePath: path }),
      args: ["--no-sandbox", "--disable-quic", "--disable-component-update", "--disable-gpu"],
      headless: true,
    });
  }

  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    await page.waitForFunction(() => "app" in globalThis);
    return page;
  }

  /** SIGKILL for every process of the browser, then a new one on the same profile. */
  async killAndRestart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async kill(): Promise<void> {
    const context = this.context;
    const closed = new Promise<void>((resolve) => context.once("close", () => resolve()));
    const pid = await processOf(this.#profile);
    process.kill(-pid, "SIGKILL");
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

  async close(): Promise<void> {
    await this.#context?.close().catch(() => {});
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The leader of the browser's process group, which Playwright starts detached. */
async function processOf(profile: string): Promise<number> {
  const { execFileSync } = await import("node:child_process");
  const pids = execFileSync("pgrep", ["-f", "--", `--user-data-dir=${profile}`], { encoding: "utf8" });
  const groups = pids
    .trim()
    .split("\n")
    .map((pid) => execFileSync("ps", ["-o", "pgid=", "-p", pid], { encoding: "utf8" }).trim());
  return Number(groups[0]);
}
