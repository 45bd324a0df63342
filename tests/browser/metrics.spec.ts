import type { TaskMetrics } from "background-session";
import { expect, test } from "../support/fixtures.ts";
import { endOf } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

/** Opens the session with a delegate that notes metrics, after what it has noted before. */
function openCollecting(page: TestPage): Promise<unknown> {
  return page.evaluate(async () => {
    await app.open("test", {
      delegate: {
        ...app.delegate,
        didFinishCollectingMetrics(task, metrics) {
          const noted = JSON.parse(localStorage.getItem("metrics") ?? "[]");
          localStorage.setItem("metrics", JSON.stringify([...noted, [task.id, task.state, metrics]]));
        },
      },
    });
  });
}

async function metricsOf(page: TestPage, id: string): Promise<TaskMetrics> {
  const noted: [string, string, TaskMetrics][] = JSON.parse(
    await page.evaluate(() => localStorage.getItem("metrics") ?? "[]"),
  );
  const found = noted.filter(([task]) => task === id);
  // What was not acknowledged before a reload comes again.
  expect(new Set(found.map((call) => JSON.stringify(call))).size).toBe(1);
  expect(found[0]?.[1]).toBe("completed");
  return (found[0] as [string, string, TaskMetrics])[2];
}

test("metrics tell what each attempt took, also after a reload", { tag: "@core" }, async ({ page }) => {
  const before = Date.now();
  await openCollecting(page);
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    await session?.downloadTask("/files/2MB.bin?cut=1MB&cutTimes=1", { id: "cut" }).resume();
    await session?.dataTask("/text?redirect=2&body=hello", { id: "moved" }).resume();
    await session?.dataTask("/text?body=old", { id: "cancelled" }).cancel();
    await session
      ?.uploadTask("/tus", new Blob([new Uint8Array(1_000_000)]), { id: "upload", protocol: "tus" })
      .resume();
  });
  await page.reload();
  await openCollecting(page);
  await endOf(page, "cut");
  const { createdAt, finishedAt, attempts } = await metricsOf(page, "cut");
  expect(attempts.map(({ way, requests, status }) => [way, requests, status])).toEqual([
    ["worker", 1, 206],
    ["worker", 1, 206],
  ]);
  expect(attempts.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0)).toBe(2_000_000);
  const times = attempts.flatMap(({ startedAt, respondedAt = 0, endedAt }) => [
    startedAt,
    respondedAt,
    endedAt,
  ]);
  const inOrder = [before, createdAt, ...times, finishedAt];
  expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));

  await endOf(page, "moved");
  expect((await metricsOf(page, "moved")).attempts).toMatchObject([
    { isRedirected: true, status: 200, bytesReceived: 5 },
  ]);
  expect((await endOf(page, "cancelled")).at(-1)).toMatchObject({ type: "didComplete", error: "cancelled" });
  expect((await metricsOf(page, "cancelled")).attempts).toEqual([]);
  await endOf(page, "upload");
  const upload = (await metricsOf(page, "upload")).attempts;
  expect(upload.reduce((sum, { bytesSent }) => sum + bytesSent, 0)).toBe(1_000_000);
  expect(upload.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(2);
});

test("metrics name the protocol, and a connection that was opened for the request", async ({ page }) => {
  await openCollecting(page);
  await page.evaluate(async () => {
    await app.BackgroundSession.current("test")?.dataTask("/text?body=a", { id: "task" }).resume();
  });
  await endOf(page, "task");
  const [attempt] = (await metricsOf(page, "task")).attempts;
  expect(attempt?.protocol).toBe("http/1.1");
  // The test server closes each connection. Not every browser tells.
  expect(attempt?.isReused ?? false).toBe(false);
});

test("a session that does not ask for metrics stores none", async ({ page }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    await session.dataTask("/text?body=a", { id: "plain" }).resume();
    await session.task("plain")?.completed;
    app.note({ type: "handler", eventId: "", id: "row", context: await app.rows("tasks") });
  });
  const noted = await page.evaluate(() => app.entries());
  expect(JSON.stringify(noted)).not.toContain("etrics");
});
