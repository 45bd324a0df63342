import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "../support/fixtures.ts";

const TASKS = 20;

test("while a server gives no answer, one task after the other tries it, and all go on once it answers", async ({
  page,
  site,
}) => {
  const requests = new Map<string, number>();
  let isDown = true;
  let open = 0;
  let most = 0;
  site.route("/notes/*", async (request, response) => {
    const id = request.url ?? "";
    const count = (requests.get(id) ?? 0) + 1;
    requests.set(id, count);
    if (isDown) {
      open += 1;
      // The first attempt of each task: nothing is known of the server yet.
      if (count > 1) most = Math.max(most, open);
      await pause(200);
      open -= 1;
      response.destroy();
    } else response.end("taken");
  });
  await page.evaluate(async (count) => {
    const session = await app.open();
    const tasks = Array.from({ length: count }, (_, n) =>
      session.dataTask({ url: `/notes/${n}`, method: "POST", body: "x" }, { id: `note ${n}` }),
    );
    await Promise.all(tasks.map((task) => task.resume()));
  }, TASKS);
  const sum = () => [...requests.values()].reduce((total, count) => total + count, 0);
  await expect.poll(() => requests.size).toBe(TASKS);
  // The last of the first attempts may be beside the first retry.
  await expect.poll(() => open).toBe(0);
  most = 0;
  const first = sum();
  await expect.poll(sum, { timeout: 60_000 }).toBeGreaterThan(first + 2);
  expect(most).toBe(1);

  isDown = false;
  const before = sum();
  const completed = () =>
    page.evaluate(async () => (await app.entries()).filter(({ type }) => type === "didComplete"));
  await expect.poll(async () => (await completed()).length, { timeout: 90_000 }).toBe(TASKS);
  expect((await completed()).map(({ status }) => status)).toEqual(Array(TASKS).fill(200));
  expect(sum() - before).toBeLessThanOrEqual(TASKS + 1);
});
