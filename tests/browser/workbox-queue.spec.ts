import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { SYNC_TAG } from "../support/launch-steps.ts";
import { writeOldRows } from "../support/old-rows.ts";
import { OrderServer } from "../support/order-server.ts";
import {
  arrived,
  breakNetwork,
  deployWorker,
  handled,
  openRoutedSession,
  seenTasks,
  send,
} from "../support/routed-app.ts";
import type { TestPage } from "../support/test-browser.ts";

// What workbox's own tests of its queue hold, as far as it makes sense here and no other test holds it.

const ROUTE = { worker: "workbox-worker" };

function contexts(page: TestPage): Promise<unknown[]> {
  return page.evaluate(async () =>
    (await app.entries()).filter(({ id }) => id === "sent").map(({ context }) => context),
  );
}

/** How many tasks of a queue have not ended, by its counts. */
function unfinished(page: TestPage, queue: string): Promise<number | undefined> {
  return page.evaluate((queue) => app.BackgroundSession.current("test")?.queue(queue).counts.running, queue);
}

test(
  "a request that failed is sent at a sync event with no page open, and the next page gets its answer and its context",
  needs("background-sync"),
  async ({ browserApp, chromium, page, site }) => {
    await deployWorker(page, site, ROUTE);
    breakNetwork(site, "/order/*");
    await send(page, "/order/a/1");
    await expect.poll(() => page.evaluate(() => app.rows("tasks"))).toHaveLength(1);
    // The event below is dispatched by hand; this is what a browser does it for.
    const tags = () =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        return (registration as unknown as { sync: { getTags(): Promise<string[]> } }).sync.getTags();
      });
    await expect.poll(tags).toContain(SYNC_TAG);
    await page.goto("about:blank");
    await chromium.stopWorkers();
    new OrderServer(site);
    await chromium.sync(`${site.origin}/`, SYNC_TAG);
    await expect.poll(() => arrived(site), { timeout: 30_000 }).toEqual(["a/1"]);
    const next = await browserApp.open(site.origin);
    await openRoutedSession(next);
    await expect.poll(() => handled(next)).toEqual(["a/1"]);
    expect(await contexts(next)).toEqual([{ from: "a route" }]);
    expect(arrived(site)).toEqual(["a/1"]);
  },
);

test("a queue that waits holds up no other queue, and a request that was answered is not kept", async ({
  page,
  site,
}) => {
  await deployWorker(page, site, ROUTE);
  breakNetwork(site, "/order/*");
  await openRoutedSession(page);
  for (const name of ["1", "2"]) await send(page, `/order/a/${name}`);
  site.route("/direct/*", (_, response) => void response.end("direct"));
  expect(await send(page, "/direct/1")).toBe("200 direct");
  await expect.poll(() => handled(page), { timeout: 30_000 }).toEqual(["direct"]);
  expect(await seenTasks(page)).toEqual(["requests /order/a/1", "requests /order/a/2"]);
  expect(await unfinished(page, "requests")).toBe(2);
  expect(await unfinished(page, "direct")).toBe(0);
  new OrderServer(site);
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["direct", "a/1", "a/2"]);
  expect(await seenTasks(page)).toEqual([]);
  expect(await unfinished(page, "requests")).toBe(0);
  await expect.poll(() => page.evaluate(() => app.rows("tasks")), { timeout: 30_000 }).toEqual([]);
});

test("two plugins that name one queue share it, and its order", {
  tag: "@core",
}, async ({ page, site }) => {
  await deployWorker(page, site, { ...ROUTE, options: { queue: "orders" } });
  breakNetwork(site, "/order/*", "/share");
  await openRoutedSession(page);
  const paths = ["/order/a/1", "/share", "/order/a/2"];
  for (const path of paths) await send(page, path);
  await expect.poll(() => seenTasks(page)).toEqual(paths.map((path) => `orders ${path}`));
  site.route("/share", (_, response) => void response.end("shared"));
  new OrderServer(site);
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["a/1", "shared", "a/2"]);
});

test("the page takes the last request out of a queue, and those before it go on, in order", async ({
  page,
  site,
}) => {
  await deployWorker(page, site, ROUTE);
  breakNetwork(site, "/order/*");
  await openRoutedSession(page);
  for (const name of ["1", "2", "3"]) await send(page, `/order/a/${name}`);
  await expect.poll(() => seenTasks(page)).toHaveLength(3);
  const taken = await page.evaluate(async () => {
    const last = app.BackgroundSession.current("test")?.queue("requests").tasks().at(-1);
    await last?.cancel();
    return last?.description;
  });
  expect(taken).toBe("/order/a/3");
  new OrderServer(site);
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["cancelled", "a/1", "a/2"]);
  expect(arrived(site)).toEqual(["a/1", "a/2"]);
});

test("requests that fail after an adoption wait behind those that were adopted to the same queue", async ({
  page,
  site,
}) => {
  await writeOldRows(page, [{ url: "/order/a/1" }, { url: "/order/a/2" }]);
  breakNetwork(site, "/order/*");
  await deployWorker(page, site, { ...ROUTE, options: { queue: "orders" }, adopts: "orders" });
  await openRoutedSession(page);
  await expect.poll(() => seenTasks(page)).toHaveLength(2);
  await send(page, "/order/a/3");
  await expect.poll(() => seenTasks(page)).toHaveLength(3);
  const server = new OrderServer(site);
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["a/1", "a/2", "a/3"]);
  expect(server.together).toEqual([]);
});

test(
  "a request whose retention time ended while no worker ran is not sent, and the next one is",
  needs("stops-of-busy-workers"),
  async ({ browserApp, page, site }) => {
    await deployWorker(page, site, { ...ROUTE, options: { maxRetentionTime: 3 / 60 } });
    breakNetwork(site, "/order/*");
    await send(page, "/order/a/1");
    await expect.poll(() => page.evaluate(() => app.rows("tasks"))).toHaveLength(1);
    const [{ deadline }] = await page.evaluate(() => app.rows("tasks"));
    await browserApp.stopWorkers(page);
    await page.evaluate(
      (deadline) => new Promise((resolve) => setTimeout(resolve, deadline + 100 - Date.now())),
      deadline,
    );
    new OrderServer(site);
    expect(await send(page, "/order/a/2")).toBe("200 a/2");
    await openRoutedSession(page);
    await expect.poll(() => handled(page), { timeout: 30_000 }).toEqual(["timed-out"]);
    expect(arrived(site)).toEqual(["a/2"]);
  },
);

test(
  "a browser that refuses sync events sends what waits as long as a page is open",
  needs("background-sync"),
  async ({ chromium, page, site }) => {
    // What is not granted is denied from now on.
    await chromium.context.grantPermissions([], { origin: site.origin });
    await deployWorker(page, site, ROUTE);
    const refusal = await page.evaluate(async () => {
      const { sync } = (await navigator.serviceWorker.ready) as never as {
        sync: { register(tag: string): Promise<void> };
      };
      return sync.register("any").then(
        () => "none",
        (error: Error) => error.name,
      );
    });
    expect(refusal).toBe("NotAllowedError");
    breakNetwork(site, "/order/*");
    for (const name of ["1", "2"]) await send(page, `/order/a/${name}`);
    await openRoutedSession(page);
    new OrderServer(site);
    await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["a/1", "a/2"]);
  },
);
