import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type BrowserContext, firefox, type Page } from "@playwright/test";
import { FirefoxDebugger } from "./firefox-debugger.ts";
import { hideFromPages } from "./hide-from-pages.ts";
import { PlaywrightBrowser } from "./playwright-browser.ts";
import { groupOfProcess } from "./processes.ts";
import { type StartOptions, showFolderInput, type TestPage } from "./test-browser.ts";

/** Debian's Firefox, driven by WebDriver BiDi; undefined if it is not installed. */
export function firefoxPath(): string | undefined {
  const candidates = [process.env.FIREFOX_PATH, "/usr/bin/firefox-esr"];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/** One origin may use a fifth of the global limit. */
const ORIGINS_IN_ALL = 5;

/**
 * Playwright subscribes to all network events, which makes Firefox keep every body in memory, whatever its size: it
 * reads a request's body beforehand, and collects an answer's. No user's browser does that.
 */
const KEEP_NO_BODIES = `
  const from = "resource://devtools/shared/network-observer/";
  const { NetUtil } = ChromeUtils.importESModule("resource://gre/modules/NetUtil.sys.mjs");
  const { NetworkHelper } = ChromeUtils.importESModule(from + "NetworkHelper.sys.mjs");
  const { NetworkResponseListener } = ChromeUtils.importESModule(from + "NetworkResponseListener.sys.mjs");
  NetworkHelper.readPostDataFromRequest = () => null;
  NetworkResponseListener.prototype.onDataAvailable = (request, stream, offset, count) =>
    void NetUtil.readInputStream(stream, count);`;

/**
 * A picker that has already chosen: Playwright's command for it accepts no folders. It stays until the browser ends.
 */
const PICK_FOLDER = `
  const folder = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
  folder.initWithPath(path);
  class Picker {
    QueryInterface = ChromeUtils.generateQI(["nsIFilePicker"]);
    file = folder;
    init(context, title, mode) { this.mode = mode; }
    appendFilters() {}
    appendFilter() {}
    appendRawFilter() {}
    open(callback) { Services.tm.dispatchToMainThread(() => callback.done(Ci.nsIFilePicker.returnOK)); }
  }
  const factory = {
    QueryInterface: ChromeUtils.generateQI(["nsIFactory"]),
    createInstance: (id) => new Picker().QueryInterface(id),
  };
  Components.manager.QueryInterface(Ci.nsIComponentRegistrar)
    .registerFactory(Services.uuid.generateUUID(), "", "@mozilla.org/filepicker;1", factory);`;

/** Firefox asks whether the site may have all files of the folder. */
const CONFIRM_FOLDER = `
  for (const { gBrowser } of Services.wm.getEnumerator("navigator:browser"))
    for (const { linkedBrowser } of gBrowser.tabs)
      for (const { frameContentWindow } of gBrowser.getTabDialogBox(linkedBrowser).getTabDialogManager()._dialogs) {
        const dialog = frameContentWindow?.document.querySelector("dialog");
        // It has none before it is connected.
        if (!dialog?._buttons) continue;
        dialog.getButton("accept").disabled = false;
        dialog.acceptDialog();
        return true;
      }`;

export class FirefoxBrowser extends PlaywrightBrowser {
  readonly engine = "firefox";
  #debugger: FirefoxDebugger | undefined;

  static async launch(options?: StartOptions): Promise<FirefoxBrowser> {
    const browser = new FirefoxBrowser();
    await browser.start(options);
    return browser;
  }

  protected async launch(
    profile: string,
    { env, quotaBytes, lacks = [] }: StartOptions,
  ): Promise<BrowserContext> {
    const executablePath = firefoxPath();
    if (executablePath === undefined) throw new Error("Firefox is not installed: set FIREFOX_PATH.");
    const socket = join(profile, "debugger");
    await rm(socket, { force: true });
    const context = await firefox.launchPersistentContext(profile, {
      channel: "moz-firefox",
      executablePath,
      headless: true,
      viewport: null,
      ignoreHTTPSErrors: true,
      args: [`--start-debugger-server=${socket}`],
      firefoxUserPrefs: {
        "devtools.debugger.remote-enabled": true,
        "devtools.chrome.enabled": true,
        "devtools.debugger.prompt-connection": false,
        "dom.serviceWorkers.enabled": !lacks.includes("service workers"),
        // In KiB; -1 stands for what the disk allows.
        "dom.quotaManager.temporaryStorage.fixedLimit":
          quotaBytes === undefined ? -1 : Math.ceil((quotaBytes * ORIGINS_IN_ALL) / 1024),
      },
      ...(env !== undefined && { env: { ...process.env, ...env } as Record<string, string> }),
    });
    await hideFromPages(
      context,
      lacks.filter((lack) => lack !== "service workers"),
    );
    this.#debugger = await FirefoxDebugger.connect(socket);
    // Playwright makes the browser end with the first page that crashes; this undoes it.
    await this.#run(`Services.env.set("MOZ_CRASHREPORTER_SHUTDOWN", "")`);
    await this.#run(KEEP_NO_BODIES);
    return context;
  }

  protected groupOf(profile: string): number {
    return groupOfProcess(`--profile ${profile}`);
  }

  async stopWorkers(): Promise<void> {
    await this.#run(`
      const manager = Cc["@mozilla.org/serviceworkers/manager;1"].getService(Ci.nsIServiceWorkerManager);
      const registrations = manager.getAllRegistrations();
      for (let index = 0; index < registrations.length; index += 1) {
        const registration = registrations.queryElementAt(index, Ci.nsIServiceWorkerRegistrationInfo);
        await registration.activeWorker?.terminateWorker();
      }`);
  }

  override async chooseFolder(page: TestPage, path: string): Promise<void> {
    await this.#run(`const path = ${JSON.stringify(path)}; ${PICK_FOLDER}`);
    await page.evaluate(showFolderInput);
    await (page as Page).locator("input[type=file]").first().click();
    // The page answers nothing while the prompt is open.
    while (!(await this.#run(CONFIRM_FOLDER))) await pause(100);
    await page.waitForFunction(() => "chosen" in globalThis);
  }

  /** Takes pages and workers offline, as the browser's own menu does; this machine stays reachable. */
  async takeOffline(): Promise<void> {
    await this.#run("Services.io.offline = true;");
  }

  async crash(page: TestPage): Promise<void> {
    const process_ = await this.#run(`
      const windows = Services.wm.getEnumerator("navigator:browser");
      for (const { gBrowser } of windows)
        for (const { linkedBrowser } of gBrowser.tabs)
          if (linkedBrowser.currentURI.spec === ${JSON.stringify(page.url())})
            return linkedBrowser.browsingContext.currentWindowGlobal.osPid;`);
    process.kill(Number(process_), "SIGKILL");
  }

  async clearDatabases(_: TestPage, origin: string): Promise<void> {
    await this.#run(`
      const principal = Services.scriptSecurityManager.createContentPrincipalFromOrigin(${JSON.stringify(origin)});
      await new Promise((resolve) => {
        Services.qms.clearStoragesForPrincipal(principal, "default", "idb").callback = resolve;
      });`);
  }

  protected async clearSites(origins: readonly string[]): Promise<void> {
    await this.#run(`
      const clear = (origin) => new Promise((resolve) => {
        const principal = Services.scriptSecurityManager.createContentPrincipalFromOrigin(origin);
        const { CLEAR_ALL } = Ci.nsIClearDataService;
        Services.clearData.deleteDataFromPrincipal(principal, true, CLEAR_ALL, { onDataDeleted: resolve });
      });
      await Promise.all(${JSON.stringify(origins)}.map(clear));`);
  }

  #run(body: string): Promise<unknown> {
    if (this.#debugger === undefined) throw new Error("Firefox is not running.");
    return this.#debugger.run(body);
  }
}
