import { expect, test } from "../support/fixtures.ts";
import { OrderServer } from "../support/order-server.ts";
import { endOf } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

/** Makes a POST for each path in one turn, all in the queue that is its first segment. */
function queueAll(page: TestPage, paths: readonly string[]): Promise<void> {
  return page.evaluate(async (all) => {
    const session = app.BackgroundSession.current("test");
    const made = all.map((path) =>
      session?.dataTask(
        { url: `/order/${path}`, method: "POST", body: path },
        { id: path, queue: path.split("/")[0] as string },
      ),
    );
    await Promise.all(made.map((task) => task?.resume()));
  }, paths);
}

/** The activities of the unfinished tasks, by id. */
function activities(page: TestPage): Promise<Record<string, string>> {
  return page.evaluate(() =>
    Object.fromEntries(
      (app.BackgroundSession.current("test")?.tasks() ?? []).map((it) => [it.id, it.activity]),
    ),
  );
}

function numbered(queue: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${queue}/${from + index}`);
}

test("a queue sends one task at a time in order, although the first is refused for a while; others go on", async ({
  page,
  site,
}) => {
  const server = new OrderServer(site, {
    statusOf: (path, times) => (path === "a/0" && times < 3 ? 503 : 200),
  });
  await page.evaluate(() => app.open());
  await queueAll(page, [...numbered("a", 5), ...numbered("b", 5)]);
  await endOf(page, "a/4");
  await endOf(page, "b/4");
  expect(server.together).toEqual([]);
  expect(server.came.filter((path) => path.startsWith("a"))).toEqual(["a/0", "a/0", ...numbered("a", 5)]);
  expect(server.came.filter((path) => path.startsWith("b"))).toEqual(numbered("b", 5));
  // The other queue did not wait for the one that backed off.
  expect(server.done.indexOf("b/4")).toBeLessThan(server.done.indexOf("a/0"));
});

test("the order holds across tabs, a reload, a stopped worker and a killed browser", {
  tag: "@core",
}, async ({ browserApp, page, site }) => {
  test.slow();
  const server = new OrderServer(site, { delayMs: 60 });
  const other = await browserApp.open(site.origin);
  await page.evaluate(() => app.open());
  await other.evaluate(() => app.open());
  for (let round = 0; round < 6; round += 1) {
    await queueAll(round % 2 === 0 ? page : other, numbered("a", 5, round * 5));
    if (round === 1) await page.reload();
    if (round === 1) await page.evaluate(() => app.open());
    if (round === 3) await browserApp.stopWorkers(page);
  }
  await browserApp.killAndRestart();
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await queueAll(next, numbered("a", 5, 30));
  await endOf(next, "a/34", 60_000);
  expect(server.together).toEqual([]);
  // A request that was on the wire when the worker or the browser died is sent again, and nothing else is.
  const firsts = server.came.filter((path, index) => server.came.indexOf(path) === index);
  expect(firsts).toEqual(numbered("a", 35));
  expect(server.came.map((path) => Number(path.slice(2)))).toEqual(
    server.came.map((path) => Number(path.slice(2))).sort((a, b) => a - b),
  );
});

test("a body that takes long to read keeps its place, and only its queue waits for it", async ({
  page,
  site,
}) => {
  const server = new OrderServer(site);
  await page.evaluate(async () => {
    const session = await app.open();
    const slow = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        controller.enqueue(new Uint8Array(8));
        controller.close();
      },
    });
    const request = new Request("/order/a/0", { method: "POST", body: slow, duplex: "half" } as RequestInit);
    void session.dataTask(request, { id: "a/0", queue: "a" }).resume();
    void session.dataTask("/order/a/1", { id: "a/1", queue: "a" }).resume();
    void session.dataTask("/order/c/0", { id: "c/0", after: ["a/0"] }).resume();
    void session.dataTask("/order/b/0", { id: "b/0", queue: "b" }).resume();
    await Promise.resolve();
    void session.dataTask("/order/a/2", { id: "a/2", queue: "a" }).resume();
  });
  for (const id of ["a/2", "c/0", "b/0"]) await endOf(page, id);
  expect(server.came[0]).toBe("b/0");
  expect(server.done.filter((path) => path.startsWith("a"))).toEqual(numbered("a", 3));
  expect(server.done.indexOf("c/0")).toBeGreaterThan(server.done.indexOf("a/0"));
});

test("a queue that holds waits after a failure, through a reload, until it is resumed", async ({
  page,
  site,
}) => {
  const server = new OrderServer(site, { statusOf: (path) => (path === "a/1" ? 409 : 200) });
  const open = () =>
    page.evaluate(() => app.open("test", { configuration: { queues: { a: { onFailure: "hold" } } } }));
  await open();
  await queueAll(page, numbered("a", 4));
  await endOf(page, "a/1");
  await expect.poll(() => activities(page)).toEqual({ "a/2": "queue-held", "a/3": "queue-held" });
  // By then the rows of settled tasks are deleted.
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  await page.reload();
  await open();
  // What comes later waits as well.
  await queueAll(page, ["a/4"]);
  await expect
    .poll(() => activities(page))
    .toEqual({ "a/2": "queue-held", "a/3": "queue-held", "a/4": "queue-held" });
  expect(server.done).toEqual(["a/0"]);
  await page.evaluate(() => app.BackgroundSession.current("test")?.queue("a").resume());
  await endOf(page, "a/4");
  expect(server.done).toEqual(["a/0", "a/2", "a/3", "a/4"]);
});

test("retry() puts a failed task back into its place in a queue that it holds", async ({ page, site }) => {
  let isMended = false;
  const server = new OrderServer(site, { statusOf: (path) => (path === "a/1" && !isMended ? 409 : 200) });
  await page.evaluate(() => app.open("test", { configuration: { queues: { a: { onFailure: "hold" } } } }));
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const made = [0, 1, 2, 3].map((n) =>
      session?.dataTask({ url: `/order/a/${n}`, method: "POST", body: `${n}` }, { id: `a/${n}`, queue: "a" }),
    );
    for (const task of made) void task?.resume();
    await made[1]?.completed;
    Object.assign(globalThis, { failed: made[1] });
  });
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  isMended = true;
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const task = session?.retry((globalThis as unknown as { failed: never }).failed);
    await task?.resume();
    await task?.completed;
  });
  await endOf(page, "a/3");
  expect(server.done).toEqual(numbered("a", 4));
});

test("a queue that cancels ends the rest with dependency-failed, which names the task", async ({
  page,
  site,
}) => {
  const server = new OrderServer(site, { statusOf: (path) => (path === "a/1" ? 400 : 200) });
  const ends = await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { queues: { a: { onFailure: "cancel" } } } });
    const made = [0, 1, 2, 3].map((n) => session.dataTask(`/order/a/${n}`, { id: `a/${n}`, queue: "a" }));
    for (const task of made) void task.resume();
    const ends = await Promise.all(made.map(({ completed }) => completed));
    return ends.map(({ error, response }) => [error?.code ?? response?.status, error?.message ?? ""]);
  });
  expect(ends.map(([code]) => code)).toEqual([200, 400, "dependency-failed", "dependency-failed"]);
  expect(ends[3]?.[1]).toContain('"a/1"');
  expect(server.came).toEqual(["a/0", "a/1"]);
  for (const id of ["a/2", "a/3"])
    expect(await endOf(page, id)).toMatchObject([{ error: "dependency-failed" }]);
});

test("a status that counts as success neither holds a queue nor fails what comes after", async ({
  page,
  site,
}) => {
  new OrderServer(site, { statusOf: (path) => (path === "a/0" ? 404 : 200) });
  const ends = await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { queues: { a: { onFailure: "hold" } } } });
    const made = [
      session.dataTask("/order/a/0", { id: "first", queue: "a", acceptStatuses: [404] }),
      session.dataTask("/order/a/1", { queue: "a" }),
      session.dataTask("/order/b/0", { after: ["first"] }),
    ];
    for (const task of made) void task.resume();
    return (await Promise.all(made.map(({ completed }) => completed))).map(
      ({ response }) => response?.status,
    );
  });
  expect(ends).toEqual([404, 200, 200]);
});

test("tasks begin after those that they come after, and fail with them; a cycle is a TypeError", async ({
  page,
  site,
}) => {
  const server = new OrderServer(site, {
    statusOf: (path, times) => (path === "z/bad" ? 400 : path === "a/0" && times === 1 ? 503 : 200),
  });
  const { ends, cycles } = await page.evaluate(async () => {
    const session = await app.open();
    const codeOf = (make: () => unknown) => {
      try {
        make();
        return "made";
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    };
    const cycles = [codeOf(() => session.dataTask("/echo", { id: "me", after: ["me"] }))];
    const made = {
      a: session.dataTask("/order/a/0", { id: "a" }),
      b: session.dataTask("/order/b/0", { id: "b", after: ["a"] }),
      c: session.dataTask("/order/c/0", { id: "c", after: ["a", "b"] }),
      bad: session.dataTask("/order/z/bad", { id: "bad" }),
      d: session.dataTask("/order/d/0", { id: "d", after: ["a", "bad"] }),
      e: session.dataTask("/order/e/0", { id: "e", after: ["d"] }),
      unknown: session.dataTask("/order/f/0", { id: "f", after: ["nobody"] }),
      gone: session.dataTask("/order/h/0", { id: "gone" }),
      g: session.dataTask("/order/g/0", { id: "g", after: ["gone"] }),
    };
    cycles.push(codeOf(() => session.dataTask("/echo", { id: "a", after: ["c"], onDuplicate: "replace" })));
    for (const [name, task] of Object.entries(made)) if (name !== "gone") void task.resume();
    void made.gone.cancel();
    const ends = await Promise.all(
      Object.entries(made).map(async ([name, { completed }]) => {
        const { error, response } = await completed;
        return [name, error?.code ?? response?.status, error?.message ?? ""] as const;
      }),
    );
    return { ends, cycles };
  });
  expect(cycles).toEqual([
    'TypeError: after: task "me" would wait for itself.',
    'TypeError: after: task "a" would wait for itself.',
  ]);
  expect(Object.fromEntries(ends.map(([name, code]) => [name, code]))).toEqual({
    a: 200,
    b: 200,
    c: 200,
    bad: 400,
    d: "dependency-failed",
    e: "dependency-failed",
    unknown: "dependency-failed",
    gone: "cancelled",
    g: "dependency-failed",
  });
  const messageOf = (name: string) => ends.find(([it]) => it === name)?.[2];
  expect(messageOf("d")).toContain('"bad"');
  expect(messageOf("e")).toContain('"d"');
  expect(messageOf("unknown")).toContain('"nobody"');
  expect(server.done.filter((path) => "abc".includes(path[0] as string))).toEqual(["a/0", "b/0", "c/0"]);
});

test("edits that replace each other: no two of an id are on the wire, and the last one is sent last", async ({
  page,
  site,
}) => {
  const server = new OrderServer(site, { delayMs: 150 });
  await page.evaluate(() => app.open());
  for (let edit = 0; edit < 8; edit += 1) {
    await page.evaluate(async (n) => {
      const session = app.BackgroundSession.current("test");
      const options = { id: "note", onDuplicate: "replace", description: `edit ${n}` } as const;
      await session?.dataTask({ url: `/order/note/${n}`, method: "PUT", body: `${n}` }, options).resume();
    }, edit);
    await new Promise((resolve) => setTimeout(resolve, edit * 20));
  }
  await expect.poll(() => server.done.at(-1)).toBe("note/7");
  expect(server.together).toEqual([]);
  const numbers = server.came.map((path) => Number(path.slice(5)));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
});

test("a group is suspended, resumed, counted and cancelled as a whole", async ({ page, site }) => {
  const server = new OrderServer(site);
  const seen = await page.evaluate(async () => {
    const session = await app.open();
    const group = session.group("album");
    const made = [0, 1, 2, 3, 4, 5].map((n) =>
      session.dataTask(`/order/${n}/0`, { group: n < 4 ? "album" : "other", id: `${n}` }),
    );
    await Promise.all(made.slice(4).map((task) => task.resume()));
    await Promise.all(made.slice(4).map((task) => task.completed));
    const before = { ...group.counts, names: group.tasks().map(({ id }) => id) };
    await made[0]?.resume();
    await made[0]?.completed;
    const one = { ...group.counts, fraction: group.progress.fraction };
    await made[1]?.cancel();
    await group.resume();
    await Promise.all(made.map(({ completed }) => completed));
    return {
      before,
      one,
      after: group.counts,
      fraction: group.progress.fraction,
      left: group.tasks().length,
    };
  });
  expect(seen).toEqual({
    before: { running: 0, suspended: 4, succeeded: 0, failed: 0, names: ["0", "1", "2", "3"] },
    one: { running: 0, suspended: 3, succeeded: 1, failed: 0, fraction: 0.25 },
    after: { running: 0, suspended: 0, succeeded: 3, failed: 1 },
    fraction: 1,
    left: 0,
  });
  expect(server.came.toSorted()).toEqual(["0/0", "2/0", "3/0", "4/0", "5/0"]);
});

test("limits: connections of a session and of a group, and the shortest time between two starts", async ({
  page,
  site,
}) => {
  const server = new OrderServer(site, { delayMs: 100 });
  const run = (name: string, configuration: object, options: object) =>
    page.evaluate(
      async ([name, configuration, options]) => {
        const session = await app.open(name, { configuration });
        const made = Array.from({ length: 6 }, (_, n) => session.dataTask(`/order/${n}/${name}`, options));
        await Promise.all(made.map((task) => task.resume()));
        await Promise.all(made.map(({ completed }) => completed));
      },
      [name, configuration, options] as const,
    );
  await run("session", { maximumConnections: 2 }, {});
  expect(server.mostOpen).toBe(2);
  server.mostOpen = 0;
  await run("group", { groups: { few: { maximumConnections: 3 } } }, { group: "few" });
  expect(server.mostOpen).toBe(3);
  server.times.length = 0;
  await run("interval", { minimumStartInterval: 0.3 }, {});
  const gaps = server.times.slice(1).map((time, index) => time - (server.times[index] as number));
  // The server may hear of one late, and then of the next too early.
  expect((server.times.at(-1) as number) - (server.times[0] as number)).toBeGreaterThan(5 * 300 - 100);
  expect(gaps.every((gap) => gap > 100)).toBe(true);
});

test("wrong names and lists are a TypeError that says what is right", async ({ page }) => {
  const messages = await page.evaluate(async () => {
    const session = await app.open();
    const wrong = [
      { queue: "" },
      { queue: 5 },
      { group: "x".repeat(1_025) },
      { after: "a" },
      { after: [""] },
      { after: Array.from({ length: 1_001 }, (_, n) => `${n}`) },
      { acceptStatuses: [1_000] },
    ];
    const calls = [
      ...wrong.map((options) => () => session.dataTask("/echo", options as never)),
      () => session.queue(""),
      () => session.group(3 as never),
    ];
    return calls.map((call) => {
      try {
        call();
        return "no error";
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    });
  });
  expect(messages).toEqual([
    "TypeError: queue must be a string of 1 to 1,024 characters.",
    "TypeError: queue must be a string of 1 to 1,024 characters.",
    "TypeError: group must be a string of 1 to 1,024 characters.",
    "TypeError: after must be an array of up to 1,000 ids of tasks.",
    "TypeError: after must be an array of up to 1,000 ids of tasks.",
    "TypeError: after must be an array of up to 1,000 ids of tasks.",
    "TypeError: acceptStatuses must be an array of HTTP statuses, from 200 to 599.",
    "TypeError: The name of a queue must be a string of 1 to 1,024 characters.",
    "TypeError: The name of a group must be a string of 1 to 1,024 characters.",
  ]);
});
