import { endedTask } from "../support/ended-task.ts";
import { expect, test } from "../support/fixtures.ts";

// Named after the cases in TestURLSession.swift of swift-corelibs-foundation, which stand before the colon. Apple's
// background sessions do not tell the app of a timeout or a lost connection: they try again until
// timeoutIntervalForResource. So does this library. docs/urlsession.md has the whole table.

test("taskTimeout: an answer within timeoutIntervalForRequest is no error", async ({ page, site }) => {
  const options = { timeoutIntervalForRequest: 30 };
  expect(await endedTask(page, "/text?body=x&latency=300", { options })).toMatchObject({
    status: 200,
    text: "x",
    error: undefined,
    attempts: 1,
  });
  expect(site.requests("/text")).toHaveLength(1);
});

test("httpTimeout: a task's own timeoutIntervalForRequest wins over the session's; the request is sent again (differs)", {
  tag: "@core",
}, async ({ page, site }) => {
  await page.evaluate(() => app.open("test", { configuration: { timeoutIntervalForRequest: 600 } }));
  const end = await endedTask(page, "/text?body=xyz&stall=1&stallTimes=1", {
    options: { timeoutIntervalForRequest: 1 },
  });
  expect(end).toMatchObject({ status: 200, text: "xyz", error: undefined });
  // On a slow machine another one may be given up as well.
  const [first, ...later] = site.requests("/text");
  expect([first?.aborted, later.length > 0]).toEqual([true, true]);
});

test("connectTimeout: silence is bounded by timeoutIntervalForResource: timed-out, without an answer", async ({
  page,
  site,
}) => {
  const never: unknown[] = [];
  site.route("/silent", (_, response) => void never.push(response));
  const options = { timeoutIntervalForRequest: 0.4, timeoutIntervalForResource: 1.2 };
  expect(await endedTask(page, "/silent", { options })).toMatchObject({
    state: "completed",
    status: undefined,
    text: undefined,
    error: "timed-out",
  });
  expect(never.length).toBeGreaterThan(0);
});

test("httpRedirectionChainInheritsTimeoutInterval: the limit holds after redirects, and all is asked again", async ({
  page,
  site,
}) => {
  // A download: in Firefox a request that may come from the HTTP cache waits for the one that stalled.
  const end = await endedTask(page, "/text?body=xyz&redirect=2&stall=1&stallTimes=1", {
    kind: "downloadTask",
    options: { timeoutIntervalForRequest: 2 },
  });
  expect(end).toMatchObject({ status: 200, text: "xyz", redirected: true });
  // The original URL is asked again, not the last hop; on a slow machine more than once.
  const hops = site.requests("/text").map(({ url }) => /redirect=\d/.exec(url)?.[0] ?? "answer");
  expect(hops.filter((hop) => hop === "redirect=2").length).toBeGreaterThan(1);
  for (const [nth, hop] of hops.entries())
    if (hop === "answer") expect(hops.slice(nth - 2, nth)).toEqual(["redirect=2", "redirect=1"]);
  expect(hops.at(-1)).toBe("answer");
});

// What is illegal is up to the browser: Chromium takes "HTTP/ 200 OK" for an answer, Firefox any text.
test("illegalHTTPServerResponses: what the browser cannot read is no answer: it is asked again until timed-out (differs)", async ({
  page,
  site,
  engine,
}) => {
  for (const bytes of engine === "chromium" ? ["hello", ""] : [""]) {
    let isIllegal = true;
    site.route("/illegal", (request, response) => {
      if (isIllegal) request.socket.end(bytes);
      else response.end("legal");
    });
    const options = { timeoutIntervalForResource: 1.2 };
    expect(await endedTask(page, "/illegal", { options }), bytes).toMatchObject({
      status: undefined,
      text: undefined,
      error: "timed-out",
    });
    isIllegal = false;
    expect(await endedTask(page, "/illegal"), bytes).toMatchObject({ status: 200, text: "legal" });
  }
});

test("taskError: an error is on the task, in its result and in didComplete, and names its task", async ({
  page,
  site,
}) => {
  const seen = await page.evaluate(async (url) => {
    const told: unknown[] = [];
    const session = await app.open("test", {
      delegate: {
        didComplete: (task, error) => void told.push([task.id, error?.code, task.response?.status]),
      },
    });
    const task = session.dataTask(url, { id: "hidden" });
    const before = task.error;
    void task.resume();
    const { error, response } = await task.completed;
    await session.finishTasksAndInvalidate();
    return {
      before,
      told,
      same: error?.code === task.error?.code && error?.taskId === task.id,
      kind: error instanceof app.SessionError && error instanceof Error,
      hasResponse: response !== undefined,
    };
  }, `${site.crossOrigin}/text?body=x&cors=none`);
  expect(seen).toEqual({
    before: undefined,
    told: [["hidden", "blocked", undefined]],
    same: true,
    kind: true,
    hasResponse: false,
  });
});
