import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf } from "../support/task-end.ts";

const PATH = "/files/5MB.bin";

test("subscribers see a download run and end, also in a second tab", async ({ browserApp, page, site }) => {
  const observer = await browserApp.open(site.origin);
  const tabs = [page, observer];
  for (const tab of tabs)
    await tab.evaluate(async () => {
      const session = await app.open();
      const seen: object[] = [];
      Object.assign(globalThis, { seen });
      session.subscribe(({ tasks, finished, counts, role }) => {
        const [task] = tasks;
        seen.push({
          role,
          fraction: task?.progress.fraction,
          running: counts.running,
          finished: finished.map(({ id, state, countOfBytesReceived }) => [id, state, countOfBytesReceived]),
        });
      });
    });
  await startDownload(page, "file", `${PATH}?throttle=3MB`);
  await endOf(page, "file");
  for (const tab of tabs) {
    const lastFinished = () =>
      tab.evaluate(() => (globalThis as never as { seen: { finished: object }[] }).seen.at(-1)?.finished);
    await expect.poll(lastFinished).toEqual([["file", "completed", 5_000_000]]);
  }
  const [own, other] = await Promise.all(
    tabs.map((tab) => tab.evaluate(() => (globalThis as never as { seen: Seen[] }).seen)),
  );
  expect([own?.[0]?.role, other?.[0]?.role].toSorted()).toEqual(["observer", "owner"]);
  for (const seen of [own, other]) {
    const fractions = (seen ?? []).flatMap(({ fraction }) => fraction ?? []);
    expect(fractions.length).toBeGreaterThan(3);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  }
});

test("a listener is called once for all that changes in one turn", async ({ page }) => {
  const counts = await page.evaluate(async () => {
    const session = await app.open();
    const counts: number[] = [];
    session.subscribe(({ tasks }) => counts.push(tasks.length));
    for (let n = 0; n < 20; n += 1) session.dataTask("/files/1KB.bin"); // suspended
    while (counts.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    return counts.slice(0, 2);
  });
  expect(counts).toEqual([0, 20]);
});

test("listeners are called in frames, once in each, and a hidden page is told as well", {
  tag: "@core",
}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const session = await app.open();
    let frame = 0;
    let isInFrame = false;
    const afterFrame = new MessageChannel();
    afterFrame.port1.onmessage = () => {
      isInFrame = false;
    };
    const count = (): void => {
      frame += 1;
      isInFrame = true;
      afterFrame.port2.postMessage("");
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
    const told: { frame: number; isInFrame: boolean }[] = [];
    let isFirst = true;
    const stop = session.subscribe(() => {
      if (!isFirst) told.push({ frame, isInFrame });
      isFirst = false;
    });
    const run = async (id: string): Promise<void> => {
      const task = session.downloadTask("/files/2MB.bin?throttle=2MB", { id });
      await task.resume();
      await task.completed;
      while (session.getSnapshot().finished.at(-1)?.id !== id) await new Promise(requestAnimationFrame);
    };
    await run("shown");
    const shown = told.splice(0);
    const isVisible = document.visibilityState === "visible";
    stop();
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    globalThis.requestAnimationFrame = () => 0;
    const lengths: number[] = [];
    session.subscribe(({ finished }) => lengths.push(finished.length));
    const hidden = session.dataTask("/files/1KB.bin", { id: "hidden" });
    await hidden.resume();
    await hidden.completed;
    while (lengths.at(-1) !== 2) await new Promise((resolve) => setTimeout(resolve, 50));
    return { isVisible, shown };
  });
  expect(seen.isVisible).toBe(true);
  expect(seen.shown.length).toBeGreaterThan(3);
  expect(seen.shown.filter(({ isInFrame }) => !isInFrame)).toEqual([]);
  const frames = seen.shown.map(({ frame }) => frame);
  expect(new Set(frames).size).toBe(frames.length);
});

interface Seen {
  role: string;
  fraction: number | undefined;
}

test("a snapshot stays the same object until something changes, and the session's end is in it", async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const session = await app.open();
    const { subscribe, getSnapshot } = session;
    const first = getSnapshot();
    const isSame = getSnapshot() === first;
    const task = session.dataTask("/files/1KB.bin", { id: "a", group: "g" });
    const made = getSnapshot();
    const { info } = task;
    const group = session.group("g");
    const isOne = group === session.group("g");
    const shown = { info: made.tasks[0] === info, group: group.getSnapshot().tasks[0] === info };
    let told = 0;
    const stop = subscribe(() => {
      told += 1;
    });
    await task.resume();
    await task.completed;
    await session.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const last = getSnapshot();
    stop();
    return {
      isSame,
      isNew: made !== first,
      isOne,
      shown,
      info: [info.state, task.info.state],
      isTold: told > 1,
      open: [first.isOpen, last.isOpen],
      finished: last.finished.map(({ id }) => id),
    };
  });
  expect(seen).toEqual({
    isSame: true,
    isNew: true,
    isOne: true,
    shown: { info: true, group: true },
    info: ["suspended", "completed"],
    isTold: true,
    open: [true, false],
    finished: ["a"],
  });
});
