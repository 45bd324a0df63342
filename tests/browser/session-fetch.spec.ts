import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { activityOf } from "../support/live-task.ts";
import { endOf } from "../support/task-end.ts";

const POST = { method: "POST", body: "two apples" };

test("session.fetch() fulfils with the response, whatever the status", async ({ page }) => {
  const seen = await page.evaluate(async (post) => {
    const session = await app.open();
    const created = await session.fetch("/echo", post);
    const missing = await session.fetch(new Request("/echo?status=404"));
    const withInit = await session.fetch(new Request("/echo", post), { headers: { "X-Own": "7" } });
    return {
      created: [created.ok, ((await created.json()) as { bodyText: string }).bodyText],
      missing: [missing.ok, missing.status],
      withInit: ((await withInit.json()) as { headers: Record<string, string> }).headers["x-own"],
    };
  }, POST);
  expect(seen).toEqual({ created: [true, "two apples"], missing: [false, 404], withInit: "7" });
});

test("session.fetch() waits while the network is gone, and then fulfils", async ({ page, site }) => {
  const { status, attempts } = await page.evaluate(async (post) => {
    const session = await app.open();
    const response = await session.fetch("/echo?after=cut&afterTimes=2", post, { id: "a" });
    return { status: response.status, attempts: session.getSnapshot().finished[0]?.attempts };
  }, POST);
  expect(status).toBe(200);
  expect(attempts).toBeGreaterThan(1);
  expect(site.requests("/echo").length).toBeGreaterThan(2);
});

test(
  "a session.fetch() made while the browser is offline waits, and fulfils when it is online",
  needs("offline-worker"),
  async ({ page, site, chromium }) => {
    await page.evaluate(() => app.open());
    await chromium.context.setOffline(true);
    await page.evaluate((post) => {
      const session = app.BackgroundSession.current("test");
      void session?.fetch("/echo", post, { id: "offline" }).then(
        ({ status }) => app.news.push(`status ${status}`),
        (error) => app.news.push(`rejected: ${error}`),
      );
    }, POST);
    await activityOf(page, "offline", "waiting-for-network");
    expect(site.requests("/echo")).toHaveLength(0);
    expect(await page.evaluate(() => app.news)).not.toContainEqual(
      expect.stringMatching(/^(status|rejected)/),
    );
    await chromium.context.setOffline(false);
    await expect.poll(() => page.evaluate(() => app.news)).toContain("status 200");
    expect(site.requests("/echo")).toHaveLength(1);
  },
);

test("a page that does not live to see the answer has it delivered to the handler in the next one", {
  tag: "@core",
}, async ({ page, site }) => {
  await page.evaluate(async (post) => {
    const session = await app.open();
    void session.fetch("/echo?latency=1500", post, {
      id: "post",
      completion: { handler: "sent", context: { order: 7 } },
    });
    await new Promise((resolve) => session.subscribe(({ counts }) => counts.running && resolve(counts)));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }, POST);
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  await page.evaluate(async () => void (await app.open()));
  await endOf(page, "post");
  const handled = (await page.evaluate(() => app.entries())).filter(({ type }) => type === "handler");
  expect(handled).toEqual([expect.objectContaining({ id: "sent", status: 200, context: { order: 7 } })]);
  expect(site.requests("/echo").length).toBeGreaterThan(0);
});

test("session.fetch() rejects as fetch does, only for what is final, or if the session ends before", async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const session = await app.open();
    const rejected = async (promise: Promise<unknown>): Promise<object> => {
      const error = await promise.catch((error: unknown) => error);
      const { name, cause } = error as Error & { cause?: { code: string } };
      return [name, cause?.code];
    };
    const reason = new RangeError("enough");
    const controller = new AbortController();
    const aborted = rejected(session.fetch("/echo?latency=60000", { signal: controller.signal }));
    const byOptions = new AbortController();
    const abortedByOptions = rejected(
      session.fetch("/echo?latency=60000", undefined, { signal: byOptions.signal }),
    );
    const cancelled = rejected(session.fetch("/echo?latency=60000", undefined, { id: "c" }));
    const late = rejected(
      session.fetch("/echo?latency=60000", undefined, { id: "d", timeoutIntervalForResource: 0.3 }),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    controller.abort(reason);
    byOptions.abort();
    await session.task("c")?.cancel();
    const results = {
      aborted: await aborted,
      abortedByOptions: await abortedByOptions,
      cancelled: await cancelled,
      late: await late,
      before: await rejected(session.fetch("/echo", { signal: AbortSignal.abort() })),
      wrong: await rejected(session.fetch("http://[")),
      data: await rejected(session.fetch("data:,apples")),
      refused: await rejected(session.fetch("/echo", { mode: "no-cors" })),
      left: session.tasks().length,
    };
    const ended = rejected(session.fetch("/echo?latency=60000"));
    await session.close();
    return { ...results, ended: await ended };
  });
  expect(seen).toEqual({
    aborted: ["RangeError", undefined],
    abortedByOptions: ["AbortError", undefined],
    cancelled: ["AbortError", undefined],
    late: ["TypeError", "timed-out"],
    before: ["AbortError", undefined],
    wrong: ["TypeError", undefined],
    data: ["TypeError", "unsupported-url"],
    refused: ["TypeError", undefined],
    left: 0,
    ended: ["TypeError", "session-invalidated"],
  });
});
