import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

/** Opens a session whose delegate logs everything it hears, in order. */
async function openLogged(page: TestPage): Promise<void> {
  await page.evaluate(async () => {
    await app.open("test", {
      delegate: {
        didWriteData: (task) => void app.news.push(`data ${task.id}`),
        didFinishDownloading: (task) => void app.news.push(`file ${task.id}`),
        didComplete: (task, error) => void app.news.push(`complete ${task.id} ${error?.code ?? "ok"}`),
        didChangeTask: (task) => void app.news.push(`changed ${task.id}`),
        didFinishEvents: () => void app.news.push("finished events"),
        didBecomeInvalid: (_, error) => void app.news.push(`invalid ${error?.code ?? "as wished"}`),
      },
    });
  });
}

/** Durable events and the end; the timing of the others varies. */
async function heard(page: TestPage): Promise<string[]> {
  const news = await page.evaluate(() => app.news);
  return news.filter((line) => /^(file|complete|invalid)/.test(line));
}

test("finishTasksAndInvalidate refuses new tasks, lets the others finish, and is the delegate's last event", async ({
  page,
}) => {
  await openLogged(page);
  const refused = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    session?.downloadTask("/files/1MB.bin?throttle=1MB", { id: "long" }).resume();
    session?.downloadTask("/files/1KB.bin", { id: "short" }).resume();
    const finished = session?.finishTasksAndInvalidate();
    const codes = [];
    for (const make of [() => session?.downloadTask("/files/1KB.bin"), () => session?.dataTask("/echo")]) {
      try {
        make();
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    }
    // Its tasks can still be controlled and read.
    const task = session?.task("long");
    await task?.suspend();
    await task?.resume();
    await finished;
    return codes;
  });
  expect(refused).toEqual(["session-invalidated", "session-invalidated"]);
  expect(await heard(page)).toEqual([
    "file short",
    "complete short ok",
    "file long",
    "complete long ok",
    "invalid as wished",
  ]);
  expect(await page.evaluate(() => app.news.at(-1))).toBe("invalid as wished");
  // The identifier may be opened again.
  expect(await page.evaluate(async () => (await app.open()).role)).toBe("owner");
});

test("finishTasksAndInvalidate ends a session without tasks at once", async ({ page }) => {
  await openLogged(page);
  await page.evaluate(() => app.BackgroundSession.current("test")?.finishTasksAndInvalidate());
  expect(await heard(page)).toEqual(["invalid as wished"]);
});

test("invalidateAndCancel completes every task with cancelled, and leaves nothing of them on disk", {
  tag: "@core",
}, async ({ page, site }) => {
  await openLogged(page);
  const states = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const running = session?.downloadTask("/files/5MB.bin?throttle=1MB", { id: "running" });
    const suspended = session?.downloadTask("/files/5MB.bin", { id: "suspended" });
    await running?.resume();
    await session?.invalidateAndCancel();
    return [running?.state, suspended?.state, (await running?.completed)?.error?.code];
  });
  expect(states).toEqual(["completed", "completed", "cancelled"]);
  const news = await heard(page);
  expect(news.slice(0, 2).sort()).toEqual(["complete running cancelled", "complete suspended cancelled"]);
  expect(news.slice(2)).toEqual(["invalid as wished"]);
  await expect.poll(() => site.requests("/files/5MB.bin").every((request) => request.aborted)).toBe(true);
  const tasks = await page.evaluate(async () => (await app.open()).tasks().length);
  expect(tasks).toBe(0);
});

test("every call on an invalid session says that it is invalid, and a second end waits for the first", async ({
  page,
}) => {
  await openLogged(page);
  const codes = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    await Promise.all([session?.finishTasksAndInvalidate(), session?.finishTasksAndInvalidate()]);
    const uses = [
      () => session?.downloadTask("/files/1KB.bin"),
      () => session?.finishTasksAndInvalidate(),
      () => session?.invalidateAndCancel(),
    ];
    return Promise.all(
      uses.map(async (use) => {
        try {
          await use();
          return "fine";
        } catch (error) {
          return (error as { code: string }).code;
        }
      }),
    );
  });
  expect(codes).toEqual(Array(3).fill("session-invalidated"));
  expect(await heard(page)).toEqual(["invalid as wished"]);
});

test("a delegate that refuses the last event does not keep its session from ending", async ({ page }) => {
  const news = await page.evaluate(async () => {
    const session = await app.open("test", {
      delegate: {
        didComplete: () => {
          throw new Error("The app cannot do it now.");
        },
        didBecomeInvalid: () => void app.news.push("invalid"),
      },
    });
    session.dataTask("/echo").resume();
    await session.finishTasksAndInvalidate();
    return app.news;
  });
  expect(news).toEqual(["invalid"]);
});
