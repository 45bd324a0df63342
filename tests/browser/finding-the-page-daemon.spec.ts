import type { TestServer } from "../../server/server.ts";
import { builtFile } from "../support/built-file.ts";
import { expect } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { openStrictPage } from "../support/strict-page.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { variantIf } from "../support/variants.ts";
import { KINDS_OF_WORKER, test } from "../support/without-service-workers.ts";

const PATH = "/files/1MB.bin";

/** Opens a session and returns how that failed. */
function failureOf(page: TestPage, serviceWorker: string | undefined) {
  return page.evaluate(
    (serviceWorker) =>
      app.BackgroundSession.open("test", serviceWorker === undefined ? {} : { serviceWorker }).then(
        () => ({ code: "none", message: "" }),
        ({ code, message }) => ({ code, message }),
      ),
    serviceWorker,
  );
}

function serveScript(site: TestServer, path: string, body: string): void {
  site.serve(path, { body, type: "text/javascript" });
}

for (const [name, lacks] of KINDS_OF_WORKER) {
  test.describe(`without service workers, in ${name},`, variantIf(lacks.includes("shared workers")), () => {
    test.use({ lacks });

    test("an app under a sub-path has the database that a service worker would have", async ({
      browserApp,
      site,
    }) => {
      for (const file of ["index.html", "sw.js"]) site.serve(`/sub/${file}`, { body: await builtFile(file) });
      const page = await browserApp.open(`${site.origin}/sub/index.html`);
      await page.evaluate(async () => {
        const session = await app.open("test", { serviceWorker: "sw.js" });
        await session.downloadTask("../files/1MB.bin", { id: "file" }).resume();
        await session.task("file")?.completed;
      });
      expect(await rowsOnDisk(page, "sessions", "/sub/")).toHaveLength(1);
      expect(await rowsOnDisk(page, "sessions", "/")).toEqual([]);
      expect(site.bytesSent(PATH)).toBe(1_000_000);
    });

    test("a module works, and so does a script that serves another scope than its directory", async ({
      page,
      site,
    }) => {
      serveScript(site, "/assets/module.js", 'import "/sw.js";');
      await page.evaluate(async () => {
        const serviceWorker = { url: "/assets/module.js", type: "module", scope: "/" } as const;
        const session = await app.open("test", { serviceWorker });
        await session.downloadTask("/files/1MB.bin", { id: "file" }).resume();
      });
      await expectFile(page, "file", await site.sha256(PATH));
    });

    test("an app's service worker script runs if it touches the service worker API only after startDaemon()", async ({
      page,
      site,
    }) => {
      const script = `
        importScripts("/sw.js");
        self.addEventListener("install", () => self.skipWaiting());
        self.addEventListener("fetch", (event) => event.respondWith(fetch(event.request)));
        self.skipWaiting();`;
      serveScript(site, "/late.js", script);
      await page.evaluate(() => app.open("test", { serviceWorker: "/late.js" }));
      await startDownload(page, "file", PATH);
      await expectFile(page, "file", await site.sha256(PATH));
    });

    test("an app's service worker script that touches that API before startDaemon() is daemon-missing, with the remedy", async ({
      page,
      site,
    }) => {
      test.slow();
      serveScript(site, "/early.js", 'self.registration.scope; importScripts("/sw.js");');
      const { code, message } = await failureOf(page, "/early.js");
      expect(code).toBe("daemon-missing");
      expect(message).toContain(`${site.origin}/early.js`);
      expect(message).toMatch(/undefined/);
      expect(message).toContain('"registration"');
      // The identifier is free again.
      await startDownload(page, "file", PATH);
      await expectFile(page, "file", await site.sha256(PATH));
    });

    test("a script that is missing is daemon-missing, with its URL", async ({ page, site }) => {
      test.slow();
      const { code, message } = await failureOf(page, "/not-there.js");
      expect(code).toBe("daemon-missing");
      expect(message).toContain(`${site.origin}/not-there.js`);
      expect(message).toContain("could not be loaded");
    });

    test("if no script is named, open() says that one must be", async ({ page }) => {
      const { code, message } = await failureOf(page, undefined);
      expect(code).toBe("daemon-missing");
      expect(message).toContain("no service workers");
      expect(message).toContain('"/sw.js"');
    });

    for (const missing of ["Worker", "BroadcastChannel", "indexedDB", "LockManager"]) {
      test(`without ${missing} as well, open() says so`, async ({ page }) => {
        await page.evaluate((missing) => Reflect.deleteProperty(globalThis, missing), missing);
        const { code, message } = await failureOf(page, "/sw.js");
        expect(code).toBe("daemon-missing");
        expect(message).toContain(missing);
      });
    }

    test("a page and a worker with a strict Content-Security-Policy download", async ({
      browserApp,
      site,
    }) => {
      const page = await openStrictPage(browserApp, site);
      await page.evaluate(async () => {
        const session = await app.open("test", { serviceWorker: "/strict-sw.js" });
        await session.downloadTask("/files/1MB.bin", { id: "file" }).resume();
      });
      await expectFile(page, "file", await site.sha256(PATH));
      const violations = await page.evaluate(
        () => (globalThis as unknown as { violations: string[] }).violations,
      );
      expect(violations).toEqual([]);
    });
  });
}
