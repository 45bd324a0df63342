import { ChromiumBrowser } from "./chromium.ts";
import { FirefoxBrowser, firefoxPath } from "./firefox.ts";
import type { EngineName, StartOptions, TestBrowser } from "./test-browser.ts";
import { isWebKitInstalled, WebKitBrowser } from "./webkit.ts";

interface Engine {
  launch(options?: StartOptions): Promise<TestBrowser>;
  isInstalled(): boolean;
}

export const ENGINES: Readonly<Record<EngineName, Engine>> = {
  // Without a path of ours, Playwright finds its own browser.
  chromium: { launch: (options) => ChromiumBrowser.launch(options), isInstalled: () => true },
  firefox: {
    launch: (options) => FirefoxBrowser.launch(options),
    isInstalled: () => firefoxPath() !== undefined,
  },
  webkit: { launch: (options) => WebKitBrowser.launch(options), isInstalled: isWebKitInstalled },
};
