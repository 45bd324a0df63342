import type { BackgroundTask } from "../../src/app/index.ts";
import { completion, expect, test } from "../support/fixtures.ts";

const PATH = "/files/6MB.bin";

for (const way of ["retry", "resumeData"] as const) {
  test(`a download that timed out resumes from its bytes with ${way}`, async ({ page, site }) => {
    await page.evaluate(async (path) => {
      const session = await app.open("test", { configuration: { timeoutIntervalForResource: 4 } });
      const task = session.downloadTask(`${path}?throttle=1300KB`, { id: "first" });
      Object.assign(globalThis, { failed: task });
      await task.resume();
    }, PATH);
    const first = await completion(page, "first");
    expect(first.map((entry) => entry.error ?? entry.type)).toEqual(["timed-out"]);

    await page.evaluate(async (how) => {
      const session = app.BackgroundSession.current("test");
      const { failed } = globalThis as { failed?: BackgroundTask };
      if (session === undefined || failed === undefined) throw new Error("nothing to resume from");
      const resumeData = structuredClone(failed.error?.resumeData);
      if (resumeData === undefined) throw new Error("no resume data");
      const options = { id: "second", retry: { limit: 3 } };
      const task =
        how === "retry" ? session.retry(failed, options) : session.downloadTask({ resumeData }, options);
      await task.resume();
      const again = session.downloadTask({ resumeData }, { id: "third" });
      await again.resume();
    }, way);
    const third = await completion(page, "third");
    expect(third.map((entry) => entry.error ?? entry.type)).toEqual(["resume-data-invalid"]);
    const second = await completion(page, "second");
    expect(second.map((entry) => entry.type)).toEqual(["didFinishDownloading", "didComplete"]);
    expect(second[0]?.sha256).toBe(await site.sha256(PATH));
    const [before, after] = site.requests(PATH);
    const offset = Number(/^bytes=(\d+)-$/.exec(after?.headers.range ?? "")?.[1]);
    expect(offset).toBeGreaterThan(1_000_000);
    expect(offset).toBeLessThanOrEqual(before?.bodyBytesSent ?? 0);
  });
}

test("resume data that is made up or belongs to another session is refused at the call", async ({ page }) => {
  const errors = await page.evaluate(async () => {
    const session = await app.open();
    const request = { url: "https://example.com/", method: "GET", headers: {} };
    const wrong: unknown[] = [{}, "text", { version: 1, session: "other", key: "k", request }];
    return wrong.map((resumeData) => {
      try {
        session.downloadTask({ resumeData } as never);
        return "no error";
      } catch (error) {
        return String(error);
      }
    });
  });
  expect(errors).toEqual([
    expect.stringContaining("TypeError: resumeData must be from"),
    expect.stringContaining("TypeError: resumeData must be from"),
    expect.stringContaining("TypeError: The resumeData belongs to another session"),
  ]);
});
