import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { oldRows, writeOldRows } from "../support/old-rows.ts";
import { OrderServer } from "../support/order-server.ts";
import {
  adoptions,
  arrived,
  breakNetwork,
  deployWaitingWorker,
  deployWorker,
  handled,
  openRoutedSession,
  send,
  serveWorker,
} from "../support/routed-app.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";
import { twoLinesOfGuide } from "../support/two-lines-of-guide.ts";

const NAMES = Array.from({ length: 50 }, (_, index) => `a/${index + 1}`);

/** Closes the app's only tab and opens it again, as often as it takes until a worker that waited has taken over. */
async function reopen(browser: TestBrowser, page: TestPage, site: TestServer): Promise<TestPage> {
  await page.close();
  const next = await browser.open(site.origin);
  const isOld = await next.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return registration?.waiting !== null || navigator.serviceWorker.controller === null;
  });
  return isOld ? reopen(browser, next, site) : next;
}

/** How the worker of each router adopts the old queue: by `adoptQueue`, which reports it, or by the plugin alone. */
const ROUTERS = [
  { router: "workbox", adopting: { adopts: "orders" }, reports: [{ adopted: 50, expired: 0, left: [] }] },
  { router: "serwist", adopting: {}, reports: [] },
];

for (const { router, adopting, reports } of ROUTERS) {
  test(`an app that used BackgroundSyncPlugin of ${router} is deployed over 50 waiting requests: each arrives once, in order, and its answer is shown`, {
    tag: router === "serwist" ? "@core" : [],
  }, async ({ page, site }) => {
    test.slow();
    await deployWorker(page, site, { worker: `old-${router}-worker` });
    breakNetwork(site, "/order/*");
    for (const name of NAMES) expect(await send(page, `/order/${name}`, { body: name })).toBe("TypeError");
    await expect.poll(() => oldRows(page)).toHaveLength(50);
    const server = new OrderServer(site, { delayMs: 1 });
    await deployWorker(page, site, {
      worker: `${router}-worker`,
      options: { queue: "orders" },
      ...adopting,
    });
    await openRoutedSession(page);
    await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(NAMES);
    expect(arrived(site)).toEqual(NAMES);
    expect(server.together).toEqual([]);
    expect(await oldRows(page)).toEqual([]);
    expect(await adoptions(page)).toEqual(reports);
  });
}

test("an app changes the two lines that the guide prints, and is deployed over 50 waiting requests: each arrives once, in order, and its answer is shown", async ({
  browserApp,
  page,
  site,
}) => {
  test.slow();
  const { removed, added } = await twoLinesOfGuide();
  expect([removed.length, added.length]).toEqual([2, 2]);
  // The worker of the guide does not take over by itself: it serves the pages that are opened after it.
  await deployWaitingWorker(page, site, { worker: "two-lines-before-worker" });
  page = await reopen(browserApp, page, site);
  breakNetwork(site, "/order/*");
  for (const name of NAMES) expect(await send(page, `/order/${name}`, { body: name })).toBe("TypeError");
  await expect.poll(() => oldRows(page)).toHaveLength(50);
  const server = new OrderServer(site, { delayMs: 1 });
  await deployWaitingWorker(page, site, { worker: "two-lines-after-worker" });
  page = await reopen(browserApp, page, site);
  await page.evaluate(async () => {
    const shown = document.createElement("output");
    document.body.append(shown);
    await app.BackgroundSession.open("com.example.shop", {
      completionHandlers: {
        "order-sent": async ({ response }) => {
          shown.textContent += `${response?.status} ${await response?.text()}\n`;
        },
      },
    });
  });
  const shown = NAMES.map((name) => `200 ${name}\n`).join("");
  await expect
    .poll(() => page.evaluate(() => document.querySelector("output")?.textContent), { timeout: 60_000 })
    .toBe(shown);
  expect(arrived(site)).toEqual(NAMES);
  expect(server.together).toEqual([]);
  expect(await oldRows(page)).toEqual([]);
});

const ADOPTING = { worker: "workbox-worker", adopts: "orders" };
const HOUR_MS = 3_600_000;

test("what is older than the retention time is deleted, and what is left of it is the time of the task", async ({
  page,
  site,
}) => {
  breakNetwork(site, "/order/*");
  const now = Date.now();
  await writeOldRows(page, [
    { url: "/order/old", timestamp: now - 3 * HOUR_MS },
    { url: "/order/young", timestamp: now - HOUR_MS },
  ]);
  await deployWorker(page, site, { ...ADOPTING, adopting: { maxRetentionTime: 120 } });
  await expect.poll(() => adoptions(page)).toEqual([{ adopted: 1, expired: 1, left: [] }]);
  expect(await oldRows(page)).toEqual([]);
  const rows = await page.evaluate(() => app.rows("tasks"));
  expect(rows.map(({ request }) => new URL(request.url).pathname)).toEqual(["/order/young"]);
  // Stored an hour ago, and kept for two: between an hour from then and from the time when it was adopted.
  expect(rows[0].deadline).toBeGreaterThanOrEqual(now + HOUR_MS);
  expect(rows[0].deadline).toBeLessThan(now + 1.5 * HOUR_MS);
});

test("what cannot be read or must not be stored stays where it is and is reported; the others are adopted", async ({
  page,
  site,
}) => {
  new OrderServer(site);
  await writeOldRows(page, [
    { url: "/order/a/1" },
    { url: "/order/a/secret", request: { headers: { authorization: "Bearer secret" } } },
    { url: "/order/a/opaque", request: { mode: "no-cors" } },
    { url: "/order/a/broken", request: { headers: null, method: 7 } },
    { url: "/order/a/2" },
  ]);
  await deployWorker(page, site, ADOPTING);
  await openRoutedSession(page);
  await expect.poll(() => handled(page), { timeout: 30_000 }).toEqual(["a/1", "a/2"]);
  const [report] = (await adoptions(page)) as { adopted: number; left: string[] }[];
  expect(report).toMatchObject({ adopted: 2, expired: 0 });
  expect(report?.left).toHaveLength(3);
  expect(report?.left[0]).toContain('The header "authorization" would be stored');
  const paths = (await oldRows(page)).map(({ requestData }) => new URL(requestData.url).pathname);
  expect(paths).toEqual(["/order/a/secret", "/order/a/opaque", "/order/a/broken"]);
});

test("requests are sent as they were stored, with what workbox itself could not send", async ({
  page,
  site,
}) => {
  const sent: unknown[] = [];
  site.route("/order/*", async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    sent.push([request.method, request.url, text, request.headers["content-type"]]);
    response.end("done");
  });
  const large = "x".repeat(100_000);
  await writeOldRows(page, [
    { url: "/order/head", request: { method: "HEAD", headers: {} } },
    { url: "/order/get", request: { method: "GET", headers: {}, body: undefined } },
    { url: "/order/form", body: "a=1", request: { mode: "same-origin", redirect: "manual" } },
    { url: "/order/alive", body: large, request: { keepalive: true, headers: {} } },
  ]);
  await deployWorker(page, site, ADOPTING);
  await openRoutedSession(page);
  await expect.poll(() => handled(page), { timeout: 30_000 }).toEqual(["", "done", "done", "done"]);
  expect(sent).toEqual([
    ["HEAD", "/order/head", "", undefined],
    ["GET", "/order/get", "", undefined],
    ["POST", "/order/form", "a=1", "text/plain"],
    ["POST", "/order/alive", large, undefined],
  ]);
});

test("the metadata of a request is given to the app, and other queues are left alone", async ({
  page,
  site,
}) => {
  new OrderServer(site);
  await writeOldRows(page, [
    { url: "/order/a/1", metadata: { order: 1 } },
    { url: "/order/b/1", queueName: "other" },
    { url: "/order/a/2", metadata: { order: 2 } },
  ]);
  await deployWorker(page, site, ADOPTING);
  await openRoutedSession(page);
  await expect.poll(() => handled(page), { timeout: 30_000 }).toEqual(["a/1", "a/2"]);
  const contexts = await page.evaluate(async () =>
    (await app.entries()).filter(({ id }) => id === "sent").map(({ context }) => context),
  );
  expect(contexts).toEqual([{ order: 1 }, { order: 2 }]);
  expect((await oldRows(page)).map(({ queueName }) => queueName)).toEqual(["other"]);
});

test("an origin without an old queue gets no empty database, which would break that queue for good", async ({
  page,
  site,
}) => {
  await deployWorker(page, site, { ...ADOPTING, worker: "serwist-worker" });
  await openRoutedSession(page);
  new OrderServer(site);
  expect(await send(page, "/order/a/1")).toBe("200 a/1");
  const names = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(names).not.toContain("serwist-background-sync");
  expect(await adoptions(page)).toEqual([]);
});

test("a worker that waits for the old one to go adopts nothing, and all of it when it takes over", async ({
  browserApp,
  page,
  site,
}) => {
  await deployWorker(page, site, { worker: "old-workbox-worker" });
  breakNetwork(site, "/order/*");
  await send(page, "/order/a/1");
  await expect.poll(() => oldRows(page)).toHaveLength(1);
  await deployWaitingWorker(page, site, ADOPTING);
  await send(page, "/order/a/2");
  await expect.poll(() => oldRows(page)).toHaveLength(2);
  expect(await adoptions(page)).toEqual([]);
  new OrderServer(site);
  await page.close();
  const next = await browserApp.open(site.origin);
  await openRoutedSession(next);
  await expect.poll(() => handled(next), { timeout: 60_000 }).toEqual(["a/1", "a/2"]);
  expect(await adoptions(next)).toEqual([{ adopted: 2, expired: 0, left: [] }]);
});

test(
  "what the old worker put back after the adoption is adopted when the browser wakes the worker for the old queue",
  needs("background-sync"),
  async ({ chromium, page, site }) => {
    new OrderServer(site);
    await writeOldRows(page, [{ url: "/order/a/1" }]);
    await deployWorker(page, site, ADOPTING);
    await openRoutedSession(page);
    await expect.poll(() => handled(page), { timeout: 30_000 }).toEqual(["a/1"]);
    await writeOldRows(page, [{ url: "/order/a/2" }]);
    await chromium.sync(`${site.origin}/`, "workbox-background-sync:orders");
    await expect.poll(() => handled(page), { timeout: 30_000 }).toEqual(["a/1", "a/2"]);
  },
);

test("a request that the route keeps while an old queue is moved comes after those in it", {
  ...needs("stops-of-busy-workers"),
}, async ({ browserApp, page, site }) => {
  await deployWorker(page, site, { worker: "workbox-worker", options: { queue: "orders" } });
  breakNetwork(site, "/order/*");
  await browserApp.stopWorkers(page);
  // The old worker has put them there in the meantime.
  await writeOldRows(
    page,
    NAMES.map((name) => ({ url: `/order/${name}` })),
  );
  expect(await send(page, "/order/a/new")).toBe("TypeError");
  new OrderServer(site, { delayMs: 1 });
  await openRoutedSession(page);
  const all = [...NAMES, "a/new"];
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(all);
  expect(arrived(site)).toEqual(all);
});

test("a request that fails while the new worker is being activated comes after those in the old queue", async ({
  page,
  site,
}) => {
  await deployWorker(page, site, { worker: "old-workbox-worker" });
  breakNetwork(site, "/order/*");
  for (const name of NAMES) await send(page, `/order/${name}`, { body: name });
  await expect.poll(() => oldRows(page)).toHaveLength(NAMES.length);
  const url = await serveWorker(site, { worker: "workbox-worker", options: { queue: "orders" } });
  await page.evaluate(async (url) => {
    void navigator.serviceWorker.register(url, { scope: "/" });
    // As soon as the page is its own. A moment before, the old worker is over: Firefox then sends a request without a worker.
    while (!navigator.serviceWorker.controller?.scriptURL.endsWith(url))
      await new Promise((resolve) => setTimeout(resolve, 1));
    await fetch("/order/a/new", { method: "POST", body: "new" }).catch(() => {});
  }, url);
  new OrderServer(site, { delayMs: 1 });
  await openRoutedSession(page);
  const all = [...NAMES, "a/new"];
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(all);
  expect(arrived(site)).toEqual(all);
});
