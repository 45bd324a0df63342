import { setTimeout as pause } from "node:timers/promises";
import { ENGINES } from "../tests/support/engines.ts";
import { FirefoxBrowser } from "../tests/support/firefox.ts";
import { leave } from "../tests/support/leave.ts";
import { processorMsOfGroup, residentBytesOfGroup } from "../tests/support/processes.ts";
import { RawChromium } from "../tests/support/raw-chromium.ts";
import type { EngineName } from "../tests/support/test-browser.ts";
import type { Bench } from "./browser/page.ts";

declare global {
  // The global that bench/browser/page.ts puts on its page.
  var bench: Bench;
}

export interface BenchPage {
  /** Runs a function in the page; it sees nothing of this process except its arguments. */
  run<Args extends readonly unknown[], Value>(
    body: (...args: Args) => Value | Promise<Value>,
    ...args: Args
  ): Promise<Value>;
  close(): Promise<void>;
}

export interface BenchBrowser {
  /** Whether it may start a worker that has no page. */
  readonly hasSyncEvents: boolean;
  open(url: string): Promise<BenchPage>;
  /** The processor time that all its processes have used, in milliseconds. */
  processorMs(): Promise<number>;
  /** The memory of all its processes. */
  residentBytes(): Promise<number>;
  /** Takes its pages and workers offline for the rest of its life; WebKitGTK cannot. */
  readonly takeOffline?: () => Promise<void>;
  /** The heap in use by all workers after garbage collection; only Chromium tells. */
  readonly workerHeapBytes?: () => Promise<number>;
  close(): Promise<void>;
}

/** Chromium without a debugger on its workers, and with one on its pages only while they get a command. */
export class BenchChromium implements BenchBrowser {
  readonly hasSyncEvents = true;
  readonly #browser: RawChromium;

  private constructor(browser: RawChromium) {
    this.#browser = browser;
  }

  static async launch(): Promise<BenchChromium> {
    return new BenchChromium(await RawChromium.launch());
  }

  async open(url: string): Promise<BenchPage> {
    const browser = this.#browser;
    const id = await browser.open(url);
    const evaluate = <Value>(expression: string) => browser.evaluate<Value>(id, expression);
    while (!(await evaluate<boolean>("'bench' in globalThis").catch(() => false))) await pause(20);
    return {
      run: (body, ...args) => evaluate(callOf(body, args)),
      close: () => browser.closePage(id),
    };
  }

  /** Stops every service worker. */
  async stopWorkers(url: string): Promise<void> {
    const id = await this.#browser.open(url);
    await this.#browser.stopWorkers(id);
    await this.#browser.closePage(id);
  }

  /** The peak memory of all its processes while `body` ran, in bytes. */
  async peakBytes(body: () => Promise<unknown>): Promise<number> {
    let peak = 0;
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        peak = Math.max(peak, await residentBytesOfGroup(this.#browser.processGroup));
        await pause(100);
      }
    })();
    await body();
    isOver = true;
    await watching;
    return peak;
  }

  processorMs(): Promise<number> {
    return processorMsOfGroup(this.#browser.processGroup);
  }

  takeOffline(): Promise<void> {
    return this.#browser.takeOffline();
  }

  residentBytes(): Promise<number> {
    return residentBytesOfGroup(this.#browser.processGroup);
  }

  /** The heaps of the page and of the worker after garbage collection. */
  async heapBytes(): Promise<{ readonly page: number; readonly worker: number }> {
    const page = await this.#browser.heapBytes("page");
    return { page, worker: await this.workerHeapBytes() };
  }

  workerHeapBytes(): Promise<number> {
    return this.#browser.heapBytes("service_worker");
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

/** Launches an engine on a fresh profile. */
export async function launchEngine(engine: EngineName): Promise<BenchBrowser> {
  if (engine === "chromium") return BenchChromium.launch();
  const { isInstalled, launch } = ENGINES[engine];
  if (!isInstalled()) throw new Error(`${engine} is not installed.`);
  const browser = await launch();
  return {
    hasSyncEvents: false,
    async open(url) {
      const page = await browser.newPage();
      await page.goto(url);
      await page.waitForFunction(() => "bench" in globalThis);
      return { run: (body, ...args) => page.evaluate(callOf(body, args)), close: () => leave(page) };
    },
    processorMs: () => browser.processorMs(),
    residentBytes: () => browser.residentBytes(),
    ...(browser instanceof FirefoxBrowser && { takeOffline: () => browser.takeOffline() }),
    close: () => browser.close(),
  };
}

/** Returns the version of the browser that shows the page: Chromium's own text has it in part only. */
export function nameOfBrowser(page: BenchPage): Promise<string> {
  return page.run(async () => {
    const { userAgent, userAgentData } = navigator as Navigator & { userAgentData?: UserAgentData };
    const data = await userAgentData?.getHighEntropyValues(["fullVersionList"]);
    const chromium = data?.fullVersionList.find(({ brand }) => brand === "Chromium");
    return chromium === undefined ? userAgent : `Chromium ${chromium.version}`;
  });
}

interface UserAgentData {
  getHighEntropyValues(
    hints: readonly string[],
  ): Promise<{ readonly fullVersionList: readonly { readonly brand: string; readonly version: string }[] }>;
}

// biome-ignore lint/suspicious/noExplicitAny: of any function only its text is of interest
function callOf(body: (...args: any) => unknown, args: readonly unknown[]): string {
  return `(${body})(...${JSON.stringify(args)})`;
}
