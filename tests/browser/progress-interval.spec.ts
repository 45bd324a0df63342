import { expect, test } from "../support/fixtures.ts";

test("a session hears of progress as often as it wants, and of the end of a task at once, with the last counts", {
  tag: "@core",
}, async ({ page }) => {
  const heard = await page.evaluate(async () => {
    const follow = async (identifier: string, minimumProgressInterval: number) => {
      const counts: number[] = [];
      const session = await app.open(identifier, {
        configuration: { minimumProgressInterval, transport: "worker" },
        delegate: { didWriteData: (task) => void counts.push(task.countOfBytesReceived) },
      });
      const task = session.downloadTask(`/files/4MB.bin?throttle=2MB&key=${identifier}`);
      const { completed } = task;
      await task.resume();
      const { file } = await completed;
      return { counts, size: file?.size, received: task.countOfBytesReceived };
    };
    const [often, seldom] = await Promise.all([follow("often", 0.1), follow("seldom", 60)]);
    return { often, seldom };
  });
  for (const { counts, size, received } of Object.values(heard)) {
    expect([size, received, counts.at(-1)]).toEqual([4_000_000, 4_000_000, 4_000_000]);
  }
  // The first bytes, the first of the progress, and the end.
  expect(heard.seldom.counts.length).toBeLessThanOrEqual(4);
  expect(heard.often.counts.length).toBeGreaterThan(6);
});
