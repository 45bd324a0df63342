import { builtFile } from "../support/built-file.ts";
import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

// The scope already has a worker, which opening a session with another script would replace.

const PATH = "/files/1MB.bin";
const SITE_WORKER = `
  addEventListener("install", () => skipWaiting());
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("fetch", (event) => {
    if (event.request.url.endsWith("/cached")) event.respondWith(new Response("from the site's worker"));
  });`;

/** Registers a worker, like a site that existed before its first session. */
async function registerSiteWorker(page: TestPage, script: string): Promise<void> {
  await page.evaluate(async (script) => {
    await navigator.serviceWorker.register(script);
    while (navigator.serviceWorker.controller === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }, script);
}

function activeScript(page: TestPage): Promise<string> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return new URL(registration?.active?.scriptURL ?? "about:none").pathname;
  });
}

/** Opens a session with this option. @returns how that failed, if it did */
function openWith(page: TestPage, serviceWorker: unknown): Promise<{ code: string; message: string }> {
  return page.evaluate(
    (serviceWorker) =>
      app.open("test", { serviceWorker } as never).then(
        () => ({ code: "none", message: "" }),
        ({ name, code = name, message }) => ({ code, message }),
      ),
    serviceWorker,
  );
}

function closeSession(page: TestPage): Promise<unknown> {
  return page.evaluate(() => app.BackgroundSession.current("test")?.close());
}

/** Other sessions of the page, `delete` and `identifiers` find the daemon in the same way. */
const CALLS: Record<string, () => Promise<unknown>> = {
  open: () => app.BackgroundSession.open("test", { serviceWorker: "/sw.js" }),
  delete: () => app.BackgroundSession.delete("test", { serviceWorker: "/sw.js" }),
  identifiers: () => app.BackgroundSession.identifiers({ serviceWorker: "/sw.js" }),
};

for (const [what, body] of [
  ["a worker without the daemon", SITE_WORKER],
  ["a worker that runs the daemon", `importScripts("/sw.js"); ${SITE_WORKER}`],
] as const) {
  test(`${what} is not replaced: open() names both scripts and says what to do`, {
    tag: what === "a worker without the daemon" ? "@core" : [],
  }, async ({ page, site }) => {
    site.serve("/site.js", { body, type: "text/javascript" });
    await registerSiteWorker(page, "/site.js");
    for (const call of Object.values(CALLS)) {
      const failure = page.evaluate(call).then(
        () => "none",
        ({ message }) => message,
      );
      expect(await failure).toMatch(/\/site\.js.*\/sw\.js would replace/);
    }
    const { code, message } = await openWith(page, "/sw.js");
    expect(code).toBe("daemon-missing");
    expect(message).toContain("leave serviceWorker out or pass its registration");
    expect(message).toContain("replace: true");
    expect(await activeScript(page)).toBe("/site.js");
    expect(await page.evaluate(async () => (await fetch("/cached")).text())).toBe("from the site's worker");
  });
}

test("a site's own worker is not replaced, even if an earlier session used it by its registration", async ({
  page,
  site,
}) => {
  site.serve("/site.js", { body: `importScripts("/sw.js"); ${SITE_WORKER}`, type: "text/javascript" });
  await registerSiteWorker(page, "/site.js");
  await page.evaluate(async () => {
    const serviceWorker = await navigator.serviceWorker.getRegistration();
    await (await app.open("test", { serviceWorker })).close();
    await (await app.open("test", { serviceWorker: undefined })).close();
  });
  expect((await openWith(page, "/sw.js")).code).toBe("daemon-missing");
  expect(await activeScript(page)).toBe("/site.js");
});

test("with replace: true the session runs in the given script", async ({ page, site }) => {
  site.serve("/site.js", { body: SITE_WORKER, type: "text/javascript" });
  await registerSiteWorker(page, "/site.js");
  expect(await openWith(page, { url: "/sw.js", replace: true })).toEqual({ code: "none", message: "" });
  await startDownload(page, "file", PATH);
  await expectFile(page, "file", await site.sha256(PATH));
  expect(await activeScript(page)).toBe("/sw.js");
  // From now on the worker belongs to the library.
  await closeSession(page);
  expect((await openWith(page, "/sw.js")).code).toBe("none");
});

test("a script with another query is a new version of the same script", async ({ page }) => {
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/sw.js?v=1");
    await navigator.serviceWorker.ready;
  });
  expect((await openWith(page, "/sw.js?v=2")).code).toBe("none");
});

for (const [when, databases] of [
  ["", "are kept"],
  [", even after a logout that deleted all databases", "are deleted"],
] as const) {
  test(`an app whose script has another name in each build deploys without replace: true${when}`, async ({
    page,
    site,
  }) => {
    const worker = await builtFile("sw.js");
    for (const build of ["a", "b", "c"]) {
      site.serve(`/sw-${build}.js`, { body: `${worker}\n// ${build}`, type: "text/javascript" });
      await page.reload();
      await page.waitForFunction(() => "app" in globalThis);
      expect((await openWith(page, `/sw-${build}.js`)).code).toBe("none");
      await startDownload(page, build, `${PATH}?key=${build}`);
      await expectFile(page, build, await site.sha256(PATH));
      await expect.poll(() => activeScript(page)).toBe(`/sw-${build}.js`);
      await closeSession(page);
      if (databases === "are kept") continue;
      await page.evaluate(async () => {
        const all = (await indexedDB.databases()).flatMap(({ name = "journal" }) =>
          name === "journal" ? [] : [name],
        );
        const deleteOne = (name: string) =>
          new Promise((resolve) => indexedDB.deleteDatabase(name).addEventListener("success", resolve));
        await Promise.all(all.map(deleteOne));
      });
      // The user logs in again.
      expect((await openWith(page, `/sw-${build}.js`)).code).toBe("none");
      await expect.poll(() => page.evaluate(async () => (await app.rows("facts")).length)).toBeGreaterThan(0);
    }
  });
}

test("an invalid serviceWorker option is a TypeError at once", async ({ page }) => {
  const wrong: Record<string, unknown> = {
    null: null,
    "a number": 7,
    "an empty object": {},
    "a promise, not awaited": () => navigator.serviceWorker.register("/sw.js"),
    "a worker": () => navigator.serviceWorker.getRegistration().then((registration) => registration?.active),
    "the container": () => navigator.serviceWorker,
  };
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
  });
  for (const [what, value] of Object.entries(wrong)) {
    await test.step(what, async () => {
      const code =
        typeof value === "function"
          ? await page.evaluate(
              async ([source, what]) => {
                const made = new Function(`return (${source})()`)();
                const serviceWorker = what === "a worker" ? await made : made;
                return app.open("test", { serviceWorker }).then(
                  () => "none",
                  ({ name }) => name,
                );
              },
              [String(value), what] as const,
            )
          : (await openWith(page, value)).code;
      expect(code).toBe("TypeError");
    });
  }
});
