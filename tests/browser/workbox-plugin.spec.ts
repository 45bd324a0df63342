import { needs } from "../support/absences.ts";
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

const ROUTE = { worker: "workbox-worker" };

for (const worker of ["workbox-worker", "serwist-worker"])
  test(`requests that fail become tasks, and each answer reaches the page's handler, in order: ${worker}`, {
    tag: worker === "workbox-worker" ? "@core" : [],
  }, async ({ page, site }) => {
    await deployWorker(page, site, { worker });
    breakNetwork(site, "/order/*");
    expect(await openRoutedSession(page)).toBe("owner");
    const names = ["1", "2", "3"];
    for (const name of names) expect(await send(page, `/order/a/${name}`)).toBe("TypeError");
    await expect.poll(() => seenTasks(page)).toEqual(names.map((name) => `requests /order/a/${name}`));
    const server = new OrderServer(site);
    await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["a/1", "a/2", "a/3"]);
    expect(arrived(site)).toEqual(["a/1", "a/2", "a/3"]);
    expect(server.together).toEqual([]);
  });

test("a request whose network fails again is not overtaken by the next one of its queue", async ({
  page,
  site,
}) => {
  await deployWorker(page, site, ROUTE);
  breakNetwork(site, "/order/*");
  await openRoutedSession(page);
  for (const name of ["1", "2"]) await send(page, `/order/a/${name}`);
  new OrderServer(site);
  let tries = 0;
  site.route("/order/a/1", (request, response) => {
    if (request.method === "POST") tries += 1;
    if (tries <= 2) request.socket.destroy();
    else response.end("a/1");
  });
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["a/1", "a/2"]);
  expect(tries).toBe(3);
  expect(arrived(site)).toEqual(["a/1", "a/2"]);
});

test("a request that succeeds, or is answered with an error status, becomes no task", async ({
  page,
  site,
}) => {
  await deployWorker(page, site, ROUTE);
  await openRoutedSession(page);
  new OrderServer(site, { statusOf: (name) => (name === "a/bad" ? 500 : 200) });
  expect(await send(page, "/order/a/1")).toBe("200 a/1");
  expect(await send(page, "/order/a/bad")).toBe("500 a/bad");
  expect(await seenTasks(page)).toEqual([]);
});

test("the task sends the request as the page made it: method, headers, body, credentials", async ({
  page,
  site,
}) => {
  await deployWorker(page, site, ROUTE);
  breakNetwork(site, "/order/*");
  await openRoutedSession(page);
  site.route("/login", (_, response) => void response.setHeader("set-cookie", "user=ada").end());
  await send(page, "/login");
  await send(page, "/order/a/put", {
    method: "PUT",
    body: "x".repeat(200_000),
    headers: { "content-type": "text/x-order", "x-app": "7" },
  });
  const sent: unknown[] = [];
  site.route("/order/*", async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    const { cookie, referer } = request.headers;
    const { "content-type": type, "x-app": app } = request.headers;
    sent.push({ method: request.method, bytes, cookie, type, app, referer });
    response.end("done");
  });
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["done"]);
  const referer = `${site.origin}/`;
  expect(sent).toEqual([
    { method: "PUT", bytes: 200_000, cookie: "user=ada", type: "text/x-order", app: "7", referer },
  ]);
});

test("the task of a POST has the Idempotency-Key of the attempt that failed", async ({ page, site }) => {
  await deployWorker(page, site, ROUTE);
  await openRoutedSession(page);
  const keys: unknown[] = [];
  site.route("/order/*", (request, response) => {
    keys.push(request.headers["idempotency-key"]);
    if (keys.length === 1) request.socket.destroy();
    else response.end("done");
  });
  expect(await send(page, "/order/a/1")).toBe("TypeError");
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["done"]);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys[1]).toBe(keys[0]);
});

test("the page cancels a waiting request, and the next one goes on", async ({ page, site }) => {
  await deployWorker(page, site, ROUTE);
  breakNetwork(site, "/order/*");
  await openRoutedSession(page);
  for (const name of ["1", "2"]) await send(page, `/order/a/${name}`);
  await expect.poll(() => seenTasks(page)).toHaveLength(2);
  await page.evaluate(() => app.BackgroundSession.current("test")?.tasks()[0]?.cancel());
  new OrderServer(site);
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["cancelled", "a/2"]);
  expect(arrived(site)).toEqual(["a/2"]);
});

test("requests are kept while no page has the session, and the next page gets their answers", async ({
  page,
  site,
}) => {
  await deployWorker(page, site, ROUTE);
  breakNetwork(site, "/order/*");
  for (const name of ["1", "2"]) await send(page, `/order/a/${name}`);
  new OrderServer(site);
  await page.reload();
  expect(await openRoutedSession(page)).toBe("owner");
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["a/1", "a/2"]);
  expect(arrived(site)).toEqual(["a/1", "a/2"]);
});

test(
  "requests are kept by a worker that was stopped in between, also after the session was deleted",
  needs("stops-of-busy-workers"),
  async ({ browserApp, page, site }) => {
    await deployWorker(page, site, ROUTE);
    breakNetwork(site, "/order/*");
    await send(page, "/order/a/1");
    await browserApp.stopWorkers(page);
    await send(page, "/order/a/2");
    await openRoutedSession(page);
    expect(await seenTasks(page)).toEqual(["requests /order/a/1", "requests /order/a/2"]);
    await page.evaluate(() => app.BackgroundSession.delete("test"));
    await send(page, "/order/a/3");
    await openRoutedSession(page);
    expect(await seenTasks(page)).toEqual(["requests /order/a/3"]);
  },
);

test("a request with credentials is not stored, unless the app allows it or leaves them out", async ({
  page,
  site,
}) => {
  const headers = { authorization: "Bearer secret" };
  for (const options of [{}, { omitHeaders: ["Authorization"] }, { storeCredentials: true }]) {
    await deployWorker(page, site, { ...ROUTE, options });
    breakNetwork(site, "/order/*");
    expect(await send(page, "/order/a/1", { headers })).toBe("TypeError");
  }
  const rows = await page.evaluate(() => app.rows("tasks"));
  const stored = rows.map(({ request }) => String(request.headers.authorization)).sort();
  expect(stored).toEqual(["Bearer secret", "undefined"]);
});

test("a request that was not sent within its retention time ends with timed-out, and the handler is told", async ({
  page,
  site,
}) => {
  await deployWorker(page, site, { ...ROUTE, options: { maxRetentionTime: 2 / 60 } });
  breakNetwork(site, "/order/*");
  await openRoutedSession(page);
  await send(page, "/order/a/1");
  await expect.poll(() => handled(page), { timeout: 60_000 }).toEqual(["timed-out"]);
});
