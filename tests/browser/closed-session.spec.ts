import { expect, test } from "../support/fixtures.ts";
import { expectFile } from "../support/task-end.ts";

test("a task of a closed session rejects, never throws synchronously and never leaves a rejection unhandled", {
  tag: "@core",
}, async ({ page, site }) => {
  const results = await page.evaluate(async () => {
    const unheard: unknown[] = [];
    globalThis.addEventListener("unhandledrejection", ({ reason }) => void unheard.push(String(reason)));
    const session = await app.open();
    const running = session.downloadTask("/files/1MB.bin?stall=1KB", { id: "running" });
    const suspended = session.downloadTask("/files/1KB.bin?key=1", { id: "suspended" });
    const finished = session.downloadTask("/files/1KB.bin?key=2", { id: "finished" });
    await Promise.all([running.resume(), finished.resume()]);
    await finished.completed;
    await session.close();
    const said: string[] = [];
    for (const task of [running, suspended, finished]) {
      for (const control of ["suspend", "resume", "cancel", "cancelByProducingResumeData"] as const) {
        // This call is not awaited.
        void task[control]();
        const code = await task[control]().then(
          () => "fulfilled",
          (error: { code?: string }) => error.code,
        );
        said.push(`${task.id} ${control} ${code}`);
      }
      try {
        task.priority = 1;
        said.push(`${task.id} priority was set`);
      } catch (error) {
        said.push(`${task.id} priority ${(error as { code?: string }).code}`);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { said, unheard, reported: app.reported };
  });
  expect(results.said).toHaveLength(15);
  expect(results.said.filter((line) => !line.endsWith(" session-invalidated"))).toEqual([]);
  expect([results.unheard, results.reported]).toEqual([[], []]);
  // The daemon heard nothing of these calls: the suspended task runs once it is resumed.
  await page.evaluate(async () => void (await app.open()).task("suspended")?.resume());
  await expectFile(page, "suspended", await site.sha256("/files/1KB.bin"));
});

test("a signal drops its listeners when its task has ended or its session is closed, and does nothing after that", async ({
  page,
}) => {
  const results = await page.evaluate(async () => {
    const unheard: unknown[] = [];
    globalThis.addEventListener("unhandledrejection", ({ reason }) => void unheard.push(String(reason)));
    // Counts the listeners on the signal that the tasks get.
    const controller = new AbortController();
    const { signal } = controller;
    const listening = new Set<unknown>();
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...all: Parameters<typeof addEventListener>) => {
      listening.add(all[1]);
      addEventListener.apply(signal, all);
    };
    signal.removeEventListener = (...all: Parameters<typeof removeEventListener>) => {
      listening.delete(all[1]);
      removeEventListener.apply(signal, all);
    };
    const session = await app.open();
    const ended = session.downloadTask("/files/1KB.bin", { id: "ended", signal });
    const kept = session.downloadTask("/files/1MB.bin?stall=1KB", { id: "running", signal });
    await kept.resume();
    // A handle that mirrors an existing task.
    const mirror = session.downloadTask("/files/1KB.bin?key=other", { id: "running", signal });
    await mirror.resume();
    const whileRunning = listening.size;
    await ended.resume();
    await ended.completed;
    const afterOne = listening.size;
    await session.close();
    // close() does not wait for a call of the delegate that is under way; the listeners go after that call.
    for (let tries = 0; listening.size > 0 && tries < 100; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const afterAll = listening.size;
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const again = await app.open();
    const state = again.task("running")?.state;
    return { counts: [whileRunning, afterOne, afterAll], state, unheard, reported: app.reported };
  });
  expect(results).toEqual({ counts: [3, 2, 0], state: "running", unheard: [], reported: [] });
});

test("a signal that is aborted while the session closes does nothing, and the task runs on", async ({
  page,
}) => {
  const results = await page.evaluate(async () => {
    const unheard: unknown[] = [];
    globalThis.addEventListener("unhandledrejection", ({ reason }) => void unheard.push(String(reason)));
    const controller = new AbortController();
    const session = await app.open();
    await session
      .downloadTask("/files/1MB.bin?stall=1KB", { id: "running", signal: controller.signal })
      .resume();
    const closed = session.close();
    controller.abort();
    await closed;
    await new Promise((resolve) => setTimeout(resolve, 200));
    const state = (await app.open()).task("running")?.state;
    return { state, unheard, reported: app.reported };
  });
  expect(results).toEqual({ state: "running", unheard: [], reported: [] });
});
