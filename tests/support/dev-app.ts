import type { ViteDevServer } from "vite";
import type { TestServer } from "../../server/server.ts";
import { startDevServer } from "./dev-server.ts";
import { withAppCopy } from "./installed-package.ts";
import type { TestBrowser, TestPage } from "./test-browser.ts";

/** An app in development, in a page of its own. */
export interface DevApp {
  readonly page: TestPage;
  readonly url: string;
  readonly vite: ViteDevServer;
  /** The folder of the copy. */
  readonly root: string;
}

export interface DevAppPlace {
  readonly browserApp: TestBrowser;
  readonly site: TestServer;
  /** Changes the copy before the server starts. */
  readonly prepare?: (root: string) => Promise<void>;
}

/** Opens a copy of an app of tests/support that Vite's dev server serves. The app need not have loaded yet. */
export function withDevApp(
  name: string,
  { browserApp, site, prepare }: DevAppPlace,
  use: (app: DevApp) => Promise<void>,
): Promise<void> {
  return withAppCopy(name, async (root) => {
    await prepare?.(root);
    const { vite, url, close } = await startDevServer(root, site);
    try {
      const page = await browserApp.newPage();
      await page.goto(url);
      await use({ page, url, vite, root });
    } finally {
      await close();
    }
  });
}
