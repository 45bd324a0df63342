import { expect, test } from "../support/fixtures.ts";
import { Guide } from "../support/guide.ts";

// The samples of the guides that are about what a session tells and asks the app, as they are printed.

test("the samples of the guide to authorization", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "authorization.md");
  const { page } = guide;

  await test.step("after a 401 the session is renewed once, and each task goes on", async () => {
    let isRenewed = false;
    site.route("/session/renew", (_, response) => {
      isRenewed = true;
      response.end();
    });
    site.route("/films/*", (_, response) => void response.writeHead(isRenewed ? 200 : 401).end("film"));
    await guide.run("challengeStatuses: [401]");
    const statuses = await page.evaluate(async () => {
      const films = ["/films/1", "/films/2"].map((url) => it.session.downloadTask(url));
      for (const film of films) await film.resume();
      return Promise.all(films.map(async (film) => (await film.completed).response?.status));
    });
    expect(statuses).toEqual([200, 200]);
    expect(site.requests("/session/renew").map(({ method }) => method)).toEqual(["POST"]);
  });

  await test.step("after a 403 the URL is signed anew", async () => {
    site.route("/sign", ({ url = "" }, response) => {
      response.end(`/signed?film=${new URL(url, site.origin).searchParams.get("film")}`);
    });
    site.route("/expired", (_, response) => void response.writeHead(403).end());
    site.route("/signed", (_, response) => void response.end("film"));
    await guide.run("challengeStatuses: [403]");
    const status = await page.evaluate(async () => {
      const film = it.session.downloadTask("/expired", { description: "42" });
      await film.resume();
      return (await film.completed).response?.status;
    });
    expect(status).toBe(200);
    expect(site.requests("/signed").map(({ url }) => url)).toEqual(["/signed?film=42"]);
  });

  await test.step("a report waits for its date, and is asked for only if reports are on", async () => {
    site.serve("/report", { body: "report" });
    await guide.run("willBeginDelayedRequest");
    expect(await page.evaluate(() => it.session.tasks().length)).toBe(1);
    const ends = await page.evaluate(async () => {
      const ends: unknown[] = [];
      for (const reports of ["on", "off"]) {
        localStorage.setItem("reports", reports);
        const report = it.session.dataTask("/report", { earliestBeginDate: Date.now() + 200 });
        await report.resume();
        const { response, error } = await report.completed;
        ends.push(response?.status ?? error?.code);
      }
      return ends;
    });
    expect(ends).toEqual([200, "cancelled"]);
    expect(site.requests("/report")).toHaveLength(1);
  });
});

test("the samples of the guide to events", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "events.md");
  const { page } = guide;
  site.serve("/42.mp3", { body: "sound", type: "audio/mpeg" });

  await test.step("the delegate gets the file with the identifier of the event", async () => {
    await guide.run("const delegate: SessionDelegate = {");
    await guide.openSession();
    await page.evaluate(() => session.downloadTask("/42.mp3").resume());
    await expect
      .poll(() => guide.calls())
      .toEqual([["library.addOnce", expect.any(String), { name: "42.mp3", size: 5, type: "audio/mpeg" }]]);
  });

  await test.step("a completion handler gets the response and its context", async () => {
    const bodies: string[] = [];
    site.route("/ratings", async (request, response) => {
      for await (const chunk of request) bodies.push(String(chunk));
      response.setHeader("content-type", "application/json").end('{"mean":4}');
    });
    await guide.run('"rating-sent": async');
    await expect.poll(() => guide.calls()).toEqual([["library.rated", 42, { mean: 4 }]]);
    expect(bodies).toEqual(['{"stars":5}']);
    site.route("/ratings", (_, response) => void response.writeHead(400).end());
    await guide.run('"rating-sent": async');
    await expect.poll(() => guide.calls()).toEqual([["library.notRated", 42, undefined]]);
  });

  await test.step("the metrics of a task are told", async () => {
    await guide.run("didFinishCollectingMetrics");
    await page.evaluate(() => it.session.downloadTask("/42.mp3").resume());
    await expect
      .poll(() => guide.calls("console.log"))
      .toEqual([
        ["console.log", expect.any(String), expect.stringMatching(/^\d+ ms$/), "1 attempts, 1 requests"],
        ["console.log", "worker", "http/1.1", 5, expect.any(Number), expect.any(Number), expect.any(Number)],
      ]);
  });
});

test("the sample of the page on errors continues a download whose connections broke, and logs another error", async ({
  browserApp,
  site,
}) => {
  const guide = await Guide.open(browserApp, site, "errors.md");
  const url = "/files/4MB.bin?throttle=2MB&cut=1MB&cutTimes=2";
  await guide.run("network-lost");
  await guide.page.evaluate(async (url) => {
    await it.session.downloadTask(url, { retry: { limit: 0 } }).resume();
    await it.session.downloadTask({ url: "/text?body=a", integrity: `sha256-${"A".repeat(43)}=` }).resume();
  }, url);
  await expect
    .poll(() => guide.calls("console.warn"))
    .toEqual([["console.warn", expect.any(String), "integrity-mismatch", expect.any(String)]]);
  await expect.poll(() => guide.page.evaluate(() => it.session.getSnapshot().counts.succeeded)).toBe(1);
  const ranges = site.requests("/files/4MB.bin").map(({ headers }) => headers.range);
  expect(ranges[0]).toBe("bytes=0-");
  expect(ranges.length).toBeGreaterThan(2);
  for (const range of ranges.slice(1)) expect(range).toMatch(/^bytes=[1-9]/);
});

test("the sample of the history repeats the failed tasks of a page, and forgets the older ones", async ({
  browserApp,
  site,
}) => {
  const history = await Guide.open(browserApp, site, "history.md");
  const name = "com.example.podcasts";
  await history.page.evaluate(async (name) => {
    await around.open(name, { configuration: { keepsHistory: true }, delegate: {} });
    const integrity = `sha256-${"A".repeat(43)}=`;
    for (let number = 1; number <= 23; number += 1) {
      const task = session.downloadTask({ url: `/text?body=${number}`, integrity }, { group: "episodes" });
      await task.resume();
      await task.completed;
    }
    while ((await session.history({ state: "failed" })).length < 23)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await session.close();
  }, name);
  await history.goOn("keepsHistory: true");
  expect(await history.page.evaluate(() => [it.failed.length, it.older.length])).toEqual([20, 3]);
  await expect.poll(() => site.requests("/text").length).toBe(23 + 20);
  const oldest = site
    .requests("/text")
    .slice(0, 3)
    .map(({ url }) => url);
  const repeated = site
    .requests("/text")
    .slice(23)
    .map(({ url }) => url);
  for (const url of oldest) expect(repeated).not.toContain(url);
  const left = await history.page.evaluate(async () =>
    (await it.session.history({ state: "failed" })).map(
      (task: { originalRequest: Request }) => task.originalRequest.url,
    ),
  );
  for (const url of oldest) expect(left).not.toContain(`${site.origin}${url}`);
});
