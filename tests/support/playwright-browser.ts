import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { BrowserContext, Page } from "@playwright/test";
import { processorMsOfGroup, residentBytesOfGroup } from "./processes.ts";
import {
  type EngineName,
  openApp,
  type StartOptions,
  showFolderInput,
  type TestBrowser,
  type TestPage,
} from "./test-browser.ts";

/** The common part of the engines that Playwright drives. */
export abstract class PlaywrightBrowser implements TestBrowser {
  abstract readonly engine: EngineName;
  readonly #profile = mkdtemp(join(tmpdir(), "background-session-"));
  #context: BrowserContext | undefined;
  /** The process group of the running browser: to ask for it starts two processes. */
  #group: number | undefined;
  #options: StartOptions = {};

  protected abstract launch(profile: string, options: StartOptions): Promise<BrowserContext>;
  /** Looks up the process group of the running browser. */
  protected abstract groupOf(profile: string): number;
  abstract stopWorkers(page?: TestPage): Promise<void>;
  abstract crash(page: TestPage): Promise<void>;
  abstract clearDatabases(page: TestPage, origin: string): Promise<void>;
  /** Removes everything that these sites have stored. */
  protected abstract clearSites(origins: readonly string[]): Promise<void>;

  get context(): BrowserContext {
    if (this.#context === undefined) throw new Error("The browser is not running.");
    return this.#context;
  }

  runsWith(options: StartOptions): boolean {
    return this.#context !== undefined && isDeepStrictEqual(this.#options, options);
  }

  async start(options: StartOptions = {}): Promise<void> {
    this.#options = options;
    this.#group = undefined;
    this.#context = await this.launch(await this.#profile, options);
  }

  newPage(): Promise<Page> {
    return this.context.newPage();
  }

  async open(url: string): Promise<Page> {
    const page = await this.newPage();
    await openApp(page, url);
    return page;
  }

  async kill(): Promise<void> {
    await this.#signal("SIGKILL", -(await this.#findGroup()));
  }

  async #signal(signal: NodeJS.Signals, process: number): Promise<void> {
    const context = this.context;
    const closed = new Promise<void>((resolve) => context.once("close", () => resolve()));
    globalThis.process.kill(process, signal);
    await closed;
    this.#context = undefined;
  }

  async killAndRestart(options?: StartOptions): Promise<void> {
    await this.kill();
    await this.start(options);
  }

  async closeAndRestart(options?: StartOptions): Promise<void> {
    // With Playwright's `close()`, Chromium ends only after what a worker is doing, or 30 s.
    if (this.engine === "chromium") await this.#signal("SIGTERM", await this.#findGroup());
    else await this.context.close();
    await this.start(options);
  }

  async chooseFile(page: TestPage, path: string): Promise<void> {
    await page.evaluate(() => {
      const input = document.createElement("input");
      input.type = "file";
      input.addEventListener("change", () => Object.assign(globalThis, { chosen: input.files?.[0] }));
      document.body.append(input);
    });
    await (page as Page).locator("input[type=file]").last().setInputFiles(path);
  }

  async chooseFolder(page: TestPage, path: string): Promise<void> {
    await page.evaluate(showFolderInput);
    await (page as Page).locator("input[type=file]").first().setInputFiles(path);
    await page.waitForFunction(() => "chosen" in globalThis);
  }

  async forget(origins: readonly string[]): Promise<void> {
    await this.context.setOffline(false);
    await this.context.clearPermissions();
    // The first page came with the browser, which may end with its last page.
    for (const page of this.context.pages().slice(1)) await page.close();
    // A worker of another server, the demo's for example, would live on: with a debugger attached it never idles.
    const ofWorkers = this.context.serviceWorkers().map((worker) => new URL(worker.url()).origin);
    await this.clearSites([...new Set([...origins, ...ofWorkers])]);
    await this.context.clearCookies();
  }

  async residentBytes(): Promise<number> {
    return residentBytesOfGroup(await this.#findGroup());
  }

  async processorMs(): Promise<number> {
    return processorMsOfGroup(await this.#findGroup());
  }

  async #findGroup(): Promise<number> {
    this.#group ??= this.groupOf(await this.#profile);
    return this.#group;
  }

  async close(): Promise<void> {
    await this.#context?.close().catch(() => {});
    await rm(await this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
