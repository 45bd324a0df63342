import type { Page } from "@playwright/test";

export type EngineName = "chromium" | "firefox" | "webkit";

/** What the tests do with a page in every engine. Playwright's own is one. */
export type TestPage = Pick<
  Page,
  "close" | "evaluate" | "goto" | "isClosed" | "reload" | "url" | "waitForFunction"
>;

/** What a browser can lack that its engine has. */
export type Lack = "service workers" | "shared workers";

export interface StartOptions {
  readonly lacks?: readonly Lack[];
  /**
   * Pages that are left are kept to come back to, as they are for a user. Only Chromium can do without.
   * @default true
   */
  readonly hasPageCache?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Of the disk, about what one origin may have. */
  readonly quotaBytes?: number;
}

/** A real browser on a profile of its own, which survives when the browser is killed. */
export interface TestBrowser {
  readonly engine: EngineName;
  /** It runs, and with nothing particular about it. */
  readonly isPlain: boolean;
  start(options?: StartOptions): Promise<void>;
  newPage(): Promise<TestPage>;
  /** A new page of the test app. */
  open(url: string): Promise<TestPage>;
  /** SIGKILL for every process of the browser. */
  kill(): Promise<void>;
  /** The same, then a new one on the same profile. */
  killAndRestart(options?: StartOptions): Promise<void>;
  /** As a user quits a browser, then a new one on the same profile. */
  closeAndRestart(options?: StartOptions): Promise<void>;
  /** Stops every service worker, as the browser does when it wants to; of `page` only its debugger is used. */
  stopWorkers(page?: TestPage): Promise<void>;
  /** Crashes the process of a page, as running out of memory does. */
  crash(page: TestPage): Promise<void>;
  /** Takes the databases of an origin away under its pages, as eviction does. */
  clearDatabases(page: TestPage, origin: string): Promise<void>;
  /** Chooses a file on disk as a user does; it is `globalThis.chosen` in the page then. */
  chooseFile(page: TestPage, path: string): Promise<void>;
  /** Chooses a folder; its files are `globalThis.chosen` in the page then. */
  chooseFolder(page: TestPage, path: string): Promise<void>;
  /** Closes all pages and takes away what their sites have stored, workers included: as good as new for other sites. */
  forget(origins: readonly string[]): Promise<void>;
  /** Resident memory of all processes of the browser, in bytes. */
  residentBytes(): Promise<number>;
  /** Ends it, and its profile with it. */
  close(): Promise<void>;
}

/** Runs in the page: shows an input for a folder. */
export function showFolderInput(): void {
  const input = Object.assign(document.createElement("input"), { type: "file", webkitdirectory: true });
  input.addEventListener("change", () => Object.assign(globalThis, { chosen: [...(input.files ?? [])] }));
  document.body.prepend(input);
}

/** A page of the test app is there when its script has run. */
export async function openApp(page: TestPage, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() => "app" in globalThis);
}
