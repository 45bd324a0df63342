import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { processorMsOfGroup, residentBytesOfGroup } from "./processes.ts";
import {
  type Lack,
  openApp,
  type StartOptions,
  showFolderInput,
  type TestBrowser,
  type TestPage,
} from "./test-browser.ts";
import { PYTHON, WebKitHost } from "./webkit-host.ts";
import { WebKitPage } from "./webkit-page.ts";

/** Features that Safari has and WebKitGTK turns off by default. */
const SAFARI_FEATURES = [
  "FileSystem",
  "AccessHandle",
  "FileSystemWritableStream",
  "StorageAPI",
  "StorageAPIEstimate",
  "ReadableByteStreamAPI",
];

/** The engine's feature for each lack. */
const SWITCHES: Readonly<Record<Lack, string>> = {
  "service workers": "ServiceWorkers",
  "shared workers": "SharedWorker",
};

/** WebKitGTK assumes that every disk has 16 GiB. */
const DISK_BYTES = 2 ** 34;

const BINDINGS = "import gi; gi.require_version('Gtk', '3.0'); gi.require_version('WebKit2', '4.1')";

export function isWebKitInstalled(): boolean {
  if (!existsSync(PYTHON)) return false;
  try {
    execFileSync("which", ["Xvfb"], { stdio: "ignore" });
    execFileSync(PYTHON, ["-c", BINDINGS], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** WebKitGTK with Safari's features, or with its defaults. */
export class WebKitBrowser implements TestBrowser {
  readonly engine = "webkit";
  readonly #profile = mkdtemp(join(tmpdir(), "background-session-"));
  readonly #features: readonly string[];
  readonly #pages = new Map<number, WebKitPage>();
  #running: WebKitHost | undefined;
  #options: StartOptions = {};

  private constructor(features: readonly string[]) {
    this.#features = features;
  }

  static async launch(options?: StartOptions, features = SAFARI_FEATURES): Promise<WebKitBrowser> {
    const browser = new WebKitBrowser(features);
    await browser.start(options);
    return browser;
  }

  get #host(): WebKitHost {
    if (this.#running === undefined) throw new Error("WebKit is not running.");
    return this.#running;
  }

  runsWith(options: StartOptions): boolean {
    return this.#running !== undefined && isDeepStrictEqual(this.#options, options);
  }

  async start(options: StartOptions = {}): Promise<void> {
    this.#options = options;
    const { env, quotaBytes, lacks = [] } = options;
    const profile = await this.#profile;
    const args = ["--profile", profile, ...this.#features.flatMap((name) => ["--feature", name])];
    for (const lack of lacks) args.push("--without-feature", SWITCHES[lack]);
    if (quotaBytes !== undefined) args.push("--quota-ratio", String(quotaBytes / DISK_BYTES));
    const host = await WebKitHost.start(args, env);
    this.#pages.clear();
    host.onevent = ({ event, page, url }) => {
      const shown = this.#pages.get(page);
      if (event === "url" && url !== undefined && shown !== undefined) shown.currentUrl = url;
    };
    this.#running = host;
  }

  async newPage(): Promise<TestPage> {
    const number = Number(await this.#host.call("open"));
    const page = new WebKitPage(this.#host, number);
    this.#pages.set(number, page);
    return page;
  }

  async open(url: string): Promise<TestPage> {
    const page = await this.newPage();
    await openApp(page, url);
    return page;
  }

  async kill(): Promise<void> {
    await this.#host.kill();
    this.#running = undefined;
  }

  async killAndRestart(options?: StartOptions): Promise<void> {
    await this.kill();
    await this.start(options);
  }

  async closeAndRestart(options?: StartOptions): Promise<void> {
    await this.#host.quit();
    await this.start(options);
  }

  async stopWorkers(): Promise<void> {
    await this.#host.call("stop-workers");
  }

  async crash(page: TestPage): Promise<void> {
    await this.#host.call("crash", { page: (page as WebKitPage).number });
  }

  async clearDatabases(): Promise<void> {
    await this.#host.call("clear", { kinds: ["INDEXEDDB_DATABASES"] });
  }

  async chooseFile(page: TestPage, path: string): Promise<void> {
    await this.#host.call("choose", { page: (page as WebKitPage).number, files: [path] });
    await page.evaluate(() => {
      const input = document.createElement("input");
      input.type = "file";
      input.addEventListener("change", () => Object.assign(globalThis, { chosen: input.files?.[0] }));
      document.body.append(input);
      input.click();
    });
    await page.waitForFunction(() => "chosen" in globalThis);
  }

  async chooseFolder(page: TestPage, path: string): Promise<void> {
    await this.#host.call("choose", { page: (page as WebKitPage).number, files: [path] });
    await page.evaluate(showFolderInput);
    await page.evaluate(() => document.querySelector("input")?.click());
    await page.waitForFunction(() => "chosen" in globalThis);
  }

  async forget(): Promise<void> {
    for (const page of this.#pages.values()) if (!page.isClosed()) await page.close();
    this.#pages.clear();
    await this.#host.call("clear", { kinds: ["ALL"] });
  }

  residentBytes(): Promise<number> {
    return residentBytesOfGroup(this.#host.group);
  }

  processorMs(): Promise<number> {
    return processorMsOfGroup(this.#host.group);
  }

  async close(): Promise<void> {
    await this.#running?.quit();
    await rm(await this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
