import type { Page } from "@playwright/test";

export type EngineName = "chromium" | "firefox" | "webkit";

/** The methods of a page that the tests use in every engine. Playwright's own page has them. */
export type TestPage = Pick<
  Page,
  "close" | "evaluate" | "goto" | "isClosed" | "reload" | "url" | "waitForFunction"
>;

/** Features that a browser can lack although its engine has them. */
export type Lack = "service workers" | "shared workers";

export interface StartOptions {
  readonly lacks?: readonly Lack[];
  /**
   * Whether pages that the user leaves are cached for the way back, as they are for a user. Only Chromium can do
   * without.
   * @default true
   */
  readonly hasPageCache?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The size of the disk, which is roughly the quota of one origin. */
  readonly quotaBytes?: number;
}

/** A real browser on its own profile, which survives when the browser is killed. */
export interface TestBrowser {
  readonly engine: EngineName;
  /** Whether it runs, and was started with these options. */
  runsWith(options: StartOptions): boolean;
  start(options?: StartOptions): Promise<void>;
  newPage(): Promise<TestPage>;
  /** A new page of the test app. */
  open(url: string): Promise<TestPage>;
  /** SIGKILL for every process of the browser. */
  kill(): Promise<void>;
  /** The same, then a new one on the same profile. */
  killAndRestart(options?: StartOptions): Promise<void>;
  /** Quits the browser as a user does, then starts a new one on the same profile. */
  closeAndRestart(options?: StartOptions): Promise<void>;
  /** Stops every service worker, as the browser does at any time; only the debugger of `page` is used. */
  stopWorkers(page?: TestPage): Promise<void>;
  /** Crashes the process of a page, as running out of memory does. */
  crash(page: TestPage): Promise<void>;
  /** Deletes the databases of an origin under its pages, as eviction does. */
  clearDatabases(page: TestPage, origin: string): Promise<void>;
  /** Chooses a file on disk as a user does; the page then has it as `globalThis.chosen`. */
  chooseFile(page: TestPage, path: string): Promise<void>;
  /** Chooses a folder; the page then has its files as `globalThis.chosen`. */
  chooseFolder(page: TestPage, path: string): Promise<void>;
  /** Closes all pages and deletes what their sites have stored, workers included: as good as new for other sites. */
  forget(origins: readonly string[]): Promise<void>;
  /** Resident memory of all processes of the browser, in bytes. */
  residentBytes(): Promise<number>;
  /** Processor time that all living processes of the browser have used so far, in milliseconds. */
  processorMs(): Promise<number>;
  /** Ends the browser and removes its profile. */
  close(): Promise<void>;
}

/** Runs in the page: shows an input for a folder. */
export function showFolderInput(): void {
  const input = Object.assign(document.createElement("input"), { type: "file", webkitdirectory: true });
  input.addEventListener("change", () => Object.assign(globalThis, { chosen: [...(input.files ?? [])] }));
  document.body.prepend(input);
}

/** A page of the test app is ready when its script has run. */
export async function openApp(page: TestPage, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() => "app" in globalThis);
}
