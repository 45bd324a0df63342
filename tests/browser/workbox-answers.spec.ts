import { expect, test } from "../support/fixtures.ts";
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

const ROUTE = { worker: "workbox-worker" };
const ROUTERS = ["workbox-worker", "serwist-worker"];

/** Sends a request, and returns the task that the 202 names, in its body and in its header. */
function acceptedTask(page: TestPage, path: string): Promise<unknown[]> {
  return page.evaluate(async (path) => {
    const response = await fetch(path, { method: "POST", body: "x" });
    const { taskId } = await response.json();
    return [response.status, response.headers.get("background-session-task") === taskId, taskId];
  }, path);
}

for (const worker of ROUTERS) {
  test(`with "accepted", the page gets a 202 that names the task of its failed request (${worker})`, async ({
    page,
    site,
  }) => {
    await deployWorker(page, site, { worker, options: { respond: "accepted" } });
    breakNetwork(site, "/order/*");
    await openRoutedSession(page);
    const [status, isInHeader, id] = await acceptedTask(page, "/order/a/1");
    expect([status, isInHeader]).toEqual([202, true]);
    await expect
      .poll(() => page.evaluate((id) => app.BackgroundSession.current("test")?.task(id)?.state, id as string))
      .toBe("running");
    new OrderServer(site);
    expect(await send(page, "/order/a/2")).toBe("200 a/2");
    await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["a/1"]);
  });

  test(`with "always", each request is a task, and the page gets its response if that comes in time (${worker})`, async ({
    page,
    site,
  }) => {
    await deployWorker(page, site, { worker, options: { respond: "always" } });
    await openRoutedSession(page);
    new OrderServer(site, { statusOf: (name) => (name === "a/2" ? 422 : 200) });
    expect(await send(page, "/order/a/1")).toBe("200 a/1");
    expect(await send(page, "/order/a/2")).toBe("422 a/2");
    await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["a/1", "a/2"]);
  });

  test(`with "always", the page gets a 202 if its request has to wait, and all requests stay in order (${worker})`, {
    tag: worker === "workbox-worker" ? "@core" : [],
  }, async ({ page, site }) => {
    await deployWorker(page, site, { worker, options: { respond: "always", networkTimeoutSeconds: 60 } });
    breakNetwork(site, "/order/*");
    await openRoutedSession(page);
    expect((await acceptedTask(page, "/order/a/1"))[0]).toBe(202);
    const server = new OrderServer(site);
    // It does not overtake the first, though the network is back.
    const second = send(page, "/order/a/2");
    await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["a/1", "a/2"]);
    expect(await second).toMatch(/^(200 a\/2|202 .*)$/);
    expect(arrived(site)).toEqual(["a/1", "a/2"]);
    expect(server.together).toEqual([]);
  });
}

test('with "always", the page gets a 202 when the time is over, and the response goes to the handler', async ({
  page,
  site,
}) => {
  await deployWorker(page, site, { ...ROUTE, options: { respond: "always", networkTimeoutSeconds: 0.2 } });
  await openRoutedSession(page);
  new OrderServer(site, { delayMs: 2_000 });
  expect((await acceptedTask(page, "/order/a/1"))[0]).toBe(202);
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["a/1"]);
});

test('with "always", a request that cannot be stored is sent without a task', async ({ page, site }) => {
  await deployWorker(page, site, { ...ROUTE, options: { respond: "always" } });
  await openRoutedSession(page);
  new OrderServer(site);
  const headers = { authorization: "Bearer secret" };
  expect(await send(page, "/order/a/1", { headers })).toBe("200 a/1");
  expect(await page.evaluate(() => app.rows("tasks"))).toEqual([]);
});

for (const worker of [...ROUTERS, "serwist-worker.development"]) {
  test(`a plugin as the handler of a route answers as in a strategy (${worker})`, async ({ page, site }) => {
    await deployWorker(page, site, { worker });
    await openRoutedSession(page);
    site.route("/direct/*", (_, response) => void response.end("done"));
    expect(await send(page, "/direct/1")).toBe("200 done");
    breakNetwork(site, "/direct/*");
    expect((await acceptedTask(page, "/direct/2"))[0]).toBe(202);
    await expect.poll(() => seenTasks(page)).toEqual(["direct /direct/2"]);
  });
}
