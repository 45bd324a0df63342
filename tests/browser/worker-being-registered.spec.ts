import { builtFile } from "../support/built-file.ts";
import { expect, test } from "../support/fixtures.ts";
import { expectFile } from "../support/task-end.ts";

test("a page that opens while the script of its worker is still being fetched gets its daemon", {
  tag: "@core",
}, async ({ page, site }) => {
  const script = await builtFile("sw.js");
  let isServed = false;
  site.route("/late/sw.js", async (_, response) => {
    while (!isServed) await new Promise((resolve) => setTimeout(resolve, 20));
    response.setHeader("service-worker-allowed", "/");
    response.setHeader("content-type", "text/javascript").end(script);
  });
  await page.evaluate(() => {
    void navigator.serviceWorker.register("/late/sw.js", { scope: "/" });
  });
  await expect.poll(() => site.requests("/late/sw.js").length).toBe(1);
  // In Chromium the registration is there by now, without a worker.
  await page.evaluate(async () => {
    const opening = app.open("test", { serviceWorker: undefined });
    Object.assign(globalThis, { opening });
    await Promise.race([opening, new Promise((resolve) => setTimeout(resolve, 300))]);
  });
  isServed = true;
  await page.evaluate(async () => {
    await (globalThis as never as { opening: Promise<unknown> }).opening;
    await app.BackgroundSession.current("test")?.downloadTask("/files/1MB.bin", { id: "file" }).resume();
  });
  await expectFile(page, "file", await site.sha256("/files/1MB.bin"));
});

const FAILURES = [
  { what: "cannot be fetched", status: 404, script: "" },
  { what: "cannot be parsed", status: 200, script: "(" },
  { what: "throws", status: 200, script: "throw new Error();" },
  {
    what: "fails to install",
    status: 200,
    script: "addEventListener('install', (event) => event.waitUntil(Promise.reject()));",
  },
];

for (const { what, status, script } of FAILURES)
  test(`a page that opens while the script of its worker is still being fetched is told when that ${what}`, async ({
    page,
    site,
  }) => {
    let isServed = false;
    site.route("/late/sw.js", async (_, response) => {
      while (!isServed) await new Promise((resolve) => setTimeout(resolve, 20));
      response.setHeader("service-worker-allowed", "/");
      response.writeHead(status, { "content-type": "text/javascript" }).end(script);
    });
    await page.evaluate(() => {
      navigator.serviceWorker.register("/late/sw.js", { scope: "/" }).catch(() => {});
    });
    await expect.poll(() => site.requests("/late/sw.js").length).toBe(1);
    await page.evaluate(async () => {
      // No limit of time is reached.
      const now = Date.now();
      Date.now = () => now;
      const failure = app.open("test", { serviceWorker: undefined }).then(
        () => "open",
        ({ code, message }) => `${code}: ${message}`,
      );
      Object.assign(globalThis, { failure });
      await Promise.race([failure, new Promise((resolve) => setTimeout(resolve, 300))]);
    });
    isServed = true;
    const failure = await page.evaluate(() => (globalThis as never as { failure: Promise<string> }).failure);
    expect(failure).toMatch(
      /^daemon-missing: .*(no service worker is registered|failed or was unregistered)/,
    );
  });
