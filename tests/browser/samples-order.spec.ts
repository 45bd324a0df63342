import { expect, test } from "../support/fixtures.ts";
import { Guide } from "../support/guide.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";

// The samples of the guides that are about queues, requests and what is shown of them, as they are printed.

test("the samples of the guide to queues", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "queues.md", {
    adapted: {
      '"/photos"': '"/tus"',
      'await session.queue("edits").': 'await held();\nawait session.queue("edits").',
    },
  });
  const { page } = guide;
  /** Waits until the head of the queue has failed. */
  const isHeld = () =>
    page.waitForFunction(() => {
      const queue = (it.session ?? session).queue("edits");
      return queue.tasks().some(({ activity }: { activity: string }) => activity === "queue-held");
    });

  await test.step("edits of a queue arrive one after the other, in their order", async () => {
    const seen: string[] = [];
    site.route("/notes/1", async (request, response) => {
      for await (const chunk of request) seen.push(`begins ${chunk}`);
      setTimeout(() => {
        seen.push("ends");
        response.end();
      }, 200);
    });
    await guide.openSession();
    await guide.goOn("const edit = ");
    await expect.poll(() => seen.length).toBe(4);
    expect(seen).toEqual(['begins {"title":"Milk"}', "ends", 'begins {"title":"Milk and bread"}', "ends"]);
  });

  await test.step("a DELETE of what is gone has done its work, and another failure holds the queue", async () => {
    site.route("/notes/2", (_, response) => void response.writeHead(404).end());
    await guide.run('onFailure: "hold"');
    await page.evaluate(async () => {
      for (const path of ["/status/403", "/status/200"])
        await it.session.dataTask(path, { queue: "edits" }).resume();
    });
    await isHeld();
    expect(site.requests(({ path }) => /notes.2|status/.test(path)).map(({ path }) => path)).toEqual([
      "/notes/2",
      "/status/403",
    ]);
  });

  await test.step("of a held queue the failed task is repeated, then the next is left out, and the rest is dropped", async () => {
    const paths = ["/first", "/status/404", "/status/409", "/status/201"];
    let isThere = false;
    site.route("/first", (_, response) => void response.writeHead(isThere ? 200 : 404).end());
    await guide.openSession({ queues: { edits: { onFailure: "hold" } } });
    await page.evaluate(async (paths) => {
      const tasks = paths.map((path) => session.dataTask(path, { queue: "edits" }));
      for (const task of tasks) await task.resume();
      const held = async (): Promise<void> => {
        while (
          !session
            .queue("edits")
            .tasks()
            .every(({ activity }) => activity === "queue-held")
        )
          await new Promise((resolve) => setTimeout(resolve, 50));
      };
      await held();
      Object.assign(globalThis, { task: tasks[0], held });
    }, paths);
    isThere = true;
    await guide.goOn("session.retry(task)");
    await expect.poll(() => page.evaluate(() => session.tasks().length)).toBe(0);
    const asked = site.requests(({ path }) => paths.includes(path)).map(({ path }) => path);
    expect(asked).toEqual(["/first", "/first", "/status/404", "/status/409"]);
  });

  await test.step("an album comes after its photos", async () => {
    site.serve("/albums", { body: "album" });
    await guide.openSession();
    await guide.goOn("const photos = ");
    await expect.poll(() => site.requests("/albums").length).toBe(1);
    await expect.poll(() => site.storedUploads("tus")).toHaveLength(2);
    const order = site.requests(({ method }) => ["PATCH", "POST"].includes(method)).map(({ path }) => path);
    expect(order.at(-1)).toBe("/albums");
  });

  await test.step("a save takes the place of the one before it", async () => {
    await guide.openSession();
    await guide.goOn("const save = ");
    const bodies: string[] = [];
    site.route("/notes/3", async (request, response) => {
      for await (const chunk of request) bodies.push(String(chunk));
      response.end();
    });
    const errors = await page.evaluate(async () => {
      const tasks = ["a", "b", "c"].map((text) => it.save(text));
      for (const task of tasks) await task.resume().catch(() => {});
      const ends = await Promise.all(tasks.map(({ completed }) => completed));
      return ends.map(({ error }) => error?.code);
    });
    expect(errors).toEqual(["cancelled", "cancelled", undefined]);
    expect(bodies.at(-1)).toBe("c");
  });

  await test.step("a group is paused, counted and cancelled together", async () => {
    await guide.openSession();
    await page.evaluate(async () => {
      for (const url of ["/files/2MB.bin?throttle=100KB", "/files/3MB.bin?throttle=100KB"])
        await session.downloadTask(url, { group: "album 7" }).resume();
      await session.downloadTask("/files/4MB.bin?throttle=100KB").resume();
    });
    await guide.goOn('session.group("album 7")');
    expect(await page.evaluate(() => [it.running ?? "not declared at the top", it.percent])).toEqual([
      expect.anything(),
      0,
    ]);
    await expect.poll(() => page.evaluate(() => session.tasks().length)).toBe(1);
  });
});

test("the samples of the page on showing tasks", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "showing-tasks.md");
  const { page } = guide;
  const orders: string[] = [];
  site.route("/orders", async (request, response) => {
    for await (const chunk of request) orders.push(String(chunk));
    response.writeHead(201).end();
  });

  await test.step("a listener is called at once, and when something has changed", async () => {
    await guide.openSession();
    await page.evaluate(
      () =>
        void Object.assign(globalThis, {
          library: {
            show: (...given: unknown[][]) => around.calls.push([given[0]?.length, given[1]?.length]),
          },
        }),
    );
    await guide.goOn("const unsubscribe = ");
    expect(await guide.calls()).toEqual([[0, 0]]);
    await page.evaluate(() => session.dataTask("/text?body=a").resume());
    await expect.poll(async () => (await guide.calls()).at(-1)).toEqual([0, 1]);
    expect(await guide.calls()).toContainEqual([1, 0]);
  });

  await test.step("session.fetch sends the order, and fulfils with its response", async () => {
    await guide.openSession();
    await guide.goOn("JSON.stringify({ apples: 2 })");
    expect(await page.evaluate(() => it.response.status)).toBe(201);
    expect(orders).toEqual(['{"apples":2}']);
  });

  await test.step("the handler of session.fetch is called, too", async () => {
    await guide.openSession();
    await page.evaluate(() =>
      session.addCompletionHandler(
        "ordered",
        ({ response }) => void around.calls.push(["ordered", response?.status]),
      ),
    );
    await guide.goOn('handler: "ordered"');
    await expect.poll(() => guide.calls()).toEqual([["ordered", 201]]);
    expect(orders.at(-1)).toBe("2 apples");
  });
});

test("the samples of getting started", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "start.md");
  const { page } = guide;
  site.serve("/episodes/42.mp3", { body: "sound" });
  await guide.run("allowsExpensiveNetworkAccess: false");
  await expect.poll(() => site.requests("/episodes/42.mp3").length).toBe(1);
  const [row] = await rowsOnDisk(await browserApp.open(site.origin), "sessions");
  expect(row.configuration).toMatchObject({ allowsExpensiveNetworkAccess: false, retry: { limit: 20 } });

  await page.evaluate(() => void Object.assign(globalThis, { options: {} }));
  await guide.run("const gone = ");
  const isOpen = () => page.evaluate(() => BackgroundSession.current("com.example.podcasts") !== undefined);
  await expect.poll(isOpen).toBe(true);
  await page.evaluate(() => it.unmount());
  await expect.poll(isOpen).toBe(false);

  // A session that is still being opened: the script of its worker does not come.
  site.route("/late/sw.js", () => {});
  await page.evaluate(() => void Object.assign(globalThis, { options: { serviceWorker: "/late/sw.js" } }));
  await guide.run("const gone = ");
  const reason = page.evaluate(() => it.opening.catch((error: Error) => error.name));
  await page.evaluate(() => it.unmount());
  expect(await reason).toBe("AbortError");
});
