import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { HeldServer } from "../support/held-server.ts";
import { importInstalled } from "../support/installed-package.ts";
import { LAUNCH_WORKER, LaunchSteps } from "../support/launch-steps.ts";
import { openApp, type TestPage } from "../support/test-browser.ts";

function importHelper(): Promise<typeof import("../../src/testing/playwright.ts")> {
  return importInstalled("background-session/testing/playwright");
}

/** Starts a download in the app of a page. @returns its request, as the server knows it */
async function startHeld(page: TestPage, server: HeldServer) {
  await page.evaluate(async (worker) => {
    const session = await app.open("test", {
      serviceWorker: worker,
      configuration: { transport: "worker" },
    });
    await session.downloadTask("/held/a", { id: "a" }).resume();
  }, LAUNCH_WORKER);
  return server.request("a");
}

test.describe(
  "the helper for an app's own Playwright tests",
  needs("crash-of-one-page", "background-sync"),
  () => {
    test("kills the worker and the tab, and has the browser launch the app", async ({ chromium, site }) => {
      const { killPage, killWorker, wakeWorker } = await importHelper();
      const server = new HeldServer(site);
      const steps = new LaunchSteps(site);
      const page = await chromium.context.newPage();
      await openApp(page, site.origin);
      const first = await startHeld(page, server);

      await killWorker(page);
      // The page starts it again, and its request is a new one.
      await expect.poll(async () => (await server.request("a")) !== first).toBe(true);

      await killPage(page);
      expect(page.isClosed()).toBe(true);
      const before = chromium.context.pages().length;
      await expect(wakeWorker(chromium.context, `${site.origin}/app/`)).rejects.toThrow(
        `No service worker is registered with the scope ${site.origin}/app/. There are: ${site.origin}/`,
      );
      expect(chromium.context.pages()).toHaveLength(before);
      await wakeWorker(chromium.context, site.origin);
      await server.finish("a", 200, "hello");
      await steps.reached("invalid as it should be");
      expect(steps.seen).toContain("launched for test");
      expect(steps.seen).toContain("complete a ok");
    });

    test("stops the worker from a page that has crashed by itself, and closes that page", async ({
      chromium,
      site,
    }) => {
      const { killPage, killWorker } = await importHelper();
      const server = new HeldServer(site);
      const page = await chromium.context.newPage();
      await openApp(page, site.origin);
      await chromium.crash(page);
      const other = await chromium.context.newPage();
      await openApp(other, site.origin);
      const first = await startHeld(other, server);

      await killWorker(page);
      await expect.poll(async () => (await server.request("a")) !== first).toBe(true);
      await killPage(page);
      expect(page.isClosed()).toBe(true);
    });
  },
);
