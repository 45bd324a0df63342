import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { LAUNCH_WORKER, LaunchSteps } from "../support/launch-steps.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { endOf, expectFailure, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

/** A server whose tokens expire: `/guarded` takes the last one that `/renew` has set, as a cookie. */
class TokenServer {
  renewals = 0;
  readonly refused: string[] = [];

  constructor(site: TestServer) {
    site.route("/renew", (_, response) => {
      this.renewals += 1;
      response.setHeader("set-cookie", `token=${this.renewals}; Path=/`);
      response.end();
    });
    site.route("/guarded", async (request, response) => {
      // What is refused is on its way for a while.
      const isValid = request.headers.cookie?.includes(`token=${this.renewals}`) && this.renewals > 0;
      await new Promise((resolve) => setTimeout(resolve, isValid ? 0 : 100));
      if (!isValid) this.refused.push(request.url ?? "");
      response.writeHead(isValid ? 200 : 401, isValid ? {} : { "www-authenticate": "Token" });
      response.end("guarded");
    });
  }
}

/** Opens the session with a delegate that answers challenges in this way; `app.news` has the calls. */
function openAnswering(
  page: TestPage,
  answer: "renew" | "wait" | "cancel" | "complete" | "nothing" | { request: string },
): Promise<unknown> {
  return page.evaluate(async (answer) => {
    await app.open("test", {
      configuration: { challengeStatuses: [401, 403] },
      delegate: {
        ...app.delegate,
        async didReceiveChallenge(task, { response, previousFailureCount }, { eventId }) {
          const header = response.headers.get("www-authenticate") ?? "";
          app.news.push(`${task.id} ${response.status} ${header} ${previousFailureCount} ${eventId}`);
          if (answer === "nothing") return new Promise(() => {});
          if (answer !== "renew") return answer;
          await fetch("/renew", { method: "POST" });
          return "continue";
        },
      },
    });
  }, answer);
}

function startAll(page: TestPage, ids: readonly string[], url: string): Promise<void> {
  return page.evaluate(
    async ([ids, url]) => {
      const session = app.BackgroundSession.current("test");
      await Promise.all(ids.map((id) => session?.dataTask(`${url}?${id}`, { id }).resume()));
    },
    [ids, url] as const,
  );
}

const newsOf = (page: TestPage): Promise<string[]> => page.evaluate(() => [...app.news]);

test("one renewal serves all tasks that were refused, also those that were on their way", async ({
  page,
  site,
}) => {
  const server = new TokenServer(site);
  await openAnswering(page, "renew");
  const ids = Array.from({ length: 20 }, (_, index) => `task-${index}`);
  await startAll(page, ids, "/guarded");
  for (const id of ids) expect(await endOf(page, id)).toMatchObject([{ type: "didComplete", status: 200 }]);
  expect(server.renewals).toBe(1);
  expect((await newsOf(page)).filter((line) => line.includes(" 401 "))).toHaveLength(1);
  expect(new Set(server.refused).size).toBe(server.refused.length);
});

test("a signed address that has expired is replaced, and the download goes on from its offset", async ({
  page,
  site,
}) => {
  const path = "/files/2MB.bin";
  const asked: string[] = [];
  let valid = 1;
  site.route("/signed", (request, response) => {
    const signature = Number(new URL(request.url ?? "", "http://a").searchParams.get("signature"));
    asked.push(`${signature} ${request.headers.range ?? "whole"}`);
    const isValid = signature === valid;
    // A signature is good for one request.
    if (isValid) valid += 1;
    response.writeHead(isValid ? 302 : 403, { location: `${path}?throttle=2MB&cut=1MB&cutTimes=1` }).end();
  });
  await openAnswering(page, { request: "/signed?signature=2" });
  await page.evaluate(async () => {
    await app.BackgroundSession.current("test")?.downloadTask("/signed?signature=1", { id: "film" }).resume();
  });
  await expectFile(page, "film", await site.sha256(path));
  expect(asked.map((line) => line.replace(/\d{5,}/, "offset"))).toEqual([
    "1 bytes=0-",
    "1 bytes=offset-",
    "2 bytes=offset-",
  ]);
});

test("a question is asked again after a reload, under the same eventId, and the answer still counts", {
  tag: "@core",
}, async ({ page, site }) => {
  const server = new TokenServer(site);
  await openAnswering(page, "nothing");
  await startAll(page, ["task"], "/guarded");
  await expect.poll(() => newsOf(page)).toHaveLength(1);
  const [first] = await newsOf(page);
  expect(await page.evaluate(() => app.BackgroundSession.current("test")?.task("task")?.activity)).toBe(
    "needs-authorization",
  );
  await page.reload();
  await openAnswering(page, "renew");
  expect(await endOf(page, "task")).toMatchObject([{ type: "didComplete", status: 200 }]);
  const again = (await newsOf(page)).filter((line) => line.startsWith("task "));
  expect(again).toEqual([first]);
  expect(server.renewals).toBe(1);
});

test("an answer may cancel the task, or take the refusal for its result", async ({ page, site }) => {
  new TokenServer(site);
  await openAnswering(page, "cancel");
  await startAll(page, ["task"], "/guarded");
  await expectFailure(page, "task", "cancelled");
  await page.reload();
  await openAnswering(page, "complete");
  await startAll(page, ["other"], "/guarded");
  expect(await endOf(page, "other")).toMatchObject([{ type: "didComplete", status: 401 }]);
});

test("what is no answer is reported, and a task that is asked about can be resumed and cancelled", async ({
  page,
  site,
}) => {
  const server = new TokenServer(site);
  await openAnswering(page, "other" as never);
  await startAll(page, ["task", "next"], "/guarded");
  await expect
    .poll(() => page.evaluate(() => app.reported.join()))
    .toContain("didReceiveChallenge must return");
  expect(await rowsOnDisk(page, "outbox")).toHaveLength(2);
  await page.evaluate(async () => {
    await fetch("/renew", { method: "POST" });
    await app.BackgroundSession.current("test")?.task("task")?.resume();
    await app.BackgroundSession.current("test")?.task("next")?.cancel();
  });
  expect(await endOf(page, "task")).toMatchObject([{ type: "didComplete", status: 200 }]);
  await expectFailure(page, "next", "cancelled");
  expect(server.renewals).toBe(1);
});

test("a delegate without the method leaves the question to one that has it", async ({ page, site }) => {
  new TokenServer(site);
  await page.evaluate(() => app.open("test", { configuration: { challengeStatuses: [401] } }));
  await startAll(page, ["task"], "/guarded");
  await expect.poll(() => rowsOnDisk(page, "outbox")).toHaveLength(1);
  await page.reload();
  await openAnswering(page, "renew");
  expect(await endOf(page, "task")).toMatchObject([{ type: "didComplete", status: 200 }]);
});

test("a delayed task is asked about when its date has come, and can be given another request", async ({
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.open("test", {
      delegate: {
        ...app.delegate,
        async willBeginDelayedRequest(task, request) {
          app.news.push(`${task.id} ${request.method} ${Date.now() >= Number(task.earliestBeginDate)}`);
          return task.id === "late"
            ? { request: { url: "/echo?key=other", headers: { "x-asked": "yes" } } }
            : "cancel";
        },
      },
    });
    const earliestBeginDate = Date.now() + 1_000;
    await session
      .dataTask(
        { url: "/echo", method: "POST", body: "hello", headers: { "x-made": "yes" } },
        { id: "late", earliestBeginDate },
      )
      .resume();
    await session.dataTask("/text?body=no", { id: "never", earliestBeginDate }).resume();
    await session.dataTask("/text?body=now", { id: "now" }).resume();
  });
  expect(await endOf(page, "now")).toMatchObject([{ type: "didComplete", status: 200 }]);
  expect(await endOf(page, "late")).toMatchObject([{ type: "didComplete", status: 200 }]);
  await expectFailure(page, "never", "cancelled");
  expect((await newsOf(page)).filter((line) => /^(late|never|now) /.test(line)).sort()).toEqual([
    "late POST true",
    "never GET true",
  ]);
  const [sent] = site.requests("/echo");
  expect(sent?.url).toBe("/echo?key=other");
  expect(sent?.headers).toMatchObject({ "x-asked": "yes", "content-length": "5" });
  expect(sent?.headers["x-made"]).toBeUndefined();
  expect(site.requests("/text").map(({ url }) => url)).toEqual(["/text?body=now"]);
});

test.describe("without a page", () => {
  test.use({ ownBrowser: true });

  test("the app is launched to answer, while other tasks of the session go on", async ({ page, site }) => {
    needs("background-sync");
    const server = new TokenServer(site);
    const steps = new LaunchSteps(site);
    await page.evaluate(async (worker) => {
      const session = await app.open("test", {
        serviceWorker: worker,
        configuration: { challengeStatuses: [401] },
        delegate: { ...app.delegate, willBeginDelayedRequest: async () => "cancel" },
      });
      const earliestBeginDate = Date.now() + 2_000;
      await session.downloadTask("/files/2MB.bin?throttle=200KB", { id: "slow" }).resume();
      await session.dataTask("/text?body=later", { id: "later", earliestBeginDate }).resume();
      await session.dataTask("/guarded", { id: "task", earliestBeginDate }).resume();
    }, LAUNCH_WORKER);
    await page.close();
    await steps.reached("begin later");
    await steps.reached("challenge task 401");
    await steps.reached("complete task ok");
    await steps.reached("complete later ok");
    await steps.reached("complete slow ok");
    expect(steps.seen.indexOf("complete task ok")).toBeLessThan(steps.seen.indexOf("complete slow ok"));
    expect(server.renewals).toBe(1);
  });
});
