import { expect, test } from "../support/fixtures.ts";
import { Guide } from "../support/guide.ts";

// The samples of the guides for apps that have used something else, as they are printed.

test("the sample of the guide from Background Fetch puts the episode into the cache", async ({
  browserApp,
  site,
}) => {
  site.serve("/episodes/42.mp3", { body: "sound" });
  const guide = await Guide.open(browserApp, site, "from-background-fetch.md");
  await guide.run("countOfBytesClientExpectsToReceive");
  const text = () =>
    guide.page.evaluate(async () =>
      (await caches.match("/episodes/42.mp3", { cacheName: "episodes" }))?.text(),
    );
  await expect.poll(text).toBe("sound");
});

test("the samples of the guide from TanStack's outbox: an old entry becomes a task, and what the server refuses is taken back", async ({
  browserApp,
  site,
}) => {
  const guide = await Guide.open(browserApp, site, "from-tanstack-offline-transactions.md", {
    // Until the executor has begun, it stores nothing. An app starts it long before the user does something.
    adapted: { "offline.createOffline": "(await offline.waitForInit(), offline).createOffline" },
  });
  const { page } = guide;
  const outbox = () => page.evaluate(async () => void (await import("/samples/samples-outbox.js" as string)));
  let status = 201;
  const received: { text: string }[] = [];
  site.route("/todos", async (request, response) => {
    for await (const chunk of request) received.push(...[JSON.parse(String(chunk))].flat());
    response.writeHead(status).end();
  });
  const names = () => received.map(({ text }) => text);

  await test.step("an outbox has what the old version could not save", async () => {
    await outbox();
    await page.evaluate(() => {
      const save = (): Promise<never> => {
        around.calls.push(["saves"]);
        return new Promise(() => {});
      };
      Object.assign(globalThis, { api: { save } });
    });
    guide.goOn("api.save(").catch(() => {}); // it waits until the page is gone
    await expect.poll(() => guide.calls("saves")).toEqual([["saves"]]);
    await page.reload();
    await page.waitForFunction(() => "around" in globalThis);
    await outbox();
    await guide.goOn("async function addTodo");
    await page.evaluate(() => void Object.assign(globalThis, { session: it.session }));
    await guide.goOn("async syncTodos(");
    await expect.poll(names, { timeout: 30_000 }).toEqual(["Buy milk"]);
  });

  await test.step("a todo that the server refuses is not shown any more", async () => {
    const texts = () => page.evaluate(() => [...it.todos.values()].map(({ text }) => text));
    await guide.run("async function addTodo");
    await page.evaluate(() => it.addTodo("Milk"));
    await expect.poll(names).toEqual(["Buy milk", "Milk"]);
    status = 422;
    await page.evaluate(() => it.addTodo("Bread"));
    await expect.poll(names).toEqual(["Buy milk", "Milk", "Bread"]);
    await expect.poll(texts).toEqual(["Milk"]);
  });
});
