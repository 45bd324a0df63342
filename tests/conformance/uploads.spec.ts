import { endedTask } from "../support/ended-task.ts";
import { expect, test } from "../support/fixtures.ts";
import { endOf } from "../support/task-end.ts";
import { thrownBy } from "../support/thrown-by.ts";

// Named after the cases in TestURLSession.swift of swift-corelibs-foundation, which stand before the colon.
// docs/urlsession.md has the whole table.

test("simpleUploadWithDelegate: 16,384 bytes are sent and counted, and the response has its body", {
  tag: "@core",
}, async ({ page }) => {
  const counts = await page.evaluate(async () => {
    const session = await app.open();
    const request = { url: "/echo", method: "PUT" };
    const task = session.uploadTask(request, new Blob([new Uint8Array(16_384)]), { id: "photo" });
    void task.resume();
    await task.completed;
    return [task.countOfBytesSent, task.countOfBytesExpectedToSend, task.progress.fraction];
  });
  expect(counts).toEqual([16_384, 16_384, 1]);
  const [end, ...others] = await endOf(page, "photo");
  expect(others).toEqual([]);
  expect(JSON.parse(end?.text ?? "")).toMatchObject({ method: "PUT", bodyBytes: 16_384 });
  expect(await page.evaluate(() => app.news)).toContain("sent photo 16384");
});

test("simpleUploadWithDelegateProvidingInputStream: a stream is stored first, and its bytes are sent", async ({
  page,
}) => {
  await page.evaluate(async () => {
    const body = new Blob(["x".repeat(16_384)]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
    await (await app.open()).uploadTask("/echo", body, { id: "stream" }).resume();
  });
  const [end, ...others] = await endOf(page, "stream");
  expect(others).toEqual([]);
  expect(JSON.parse(end?.text ?? "")).toMatchObject({ bodyBytes: 16_384 });
});

test("simpleUploadWithDelegateProvidingInputStream: a GET with a body is refused at the call, and nothing is sent", async ({
  page,
  site,
}) => {
  await page.evaluate(() => app.open());
  const calls = [
    () => app.BackgroundSession.current("test")?.uploadTask({ url: "/echo", method: "GET" }, "x"),
    () => app.BackgroundSession.current("test")?.dataTask({ url: "/echo", body: "x" }),
  ];
  for (const call of calls)
    expect(await thrownBy(page, call)).toMatchObject({ name: "TypeError", isAtOnce: true });
  expect(await page.evaluate(() => app.BackgroundSession.current("test")?.tasks().length)).toBe(0);
  expect(site.requests("/echo")).toEqual([]);
});

test("requestWithEmptyBody, postWithEmptyBody: no Content-Type is invented, and the length is 0", async ({
  page,
  site,
}) => {
  const ends = await page.evaluate(async () => {
    const session = await app.open();
    const tasks = [
      session.dataTask({ url: "/echo?key=none", method: "POST" }),
      session.dataTask({ url: "/echo?key=blob", method: "POST", body: new Blob([]) }),
      session.uploadTask("/echo?key=upload", new Blob([])),
      session.uploadTask({ url: "/echo?key=buffer", method: "PUT" }, new ArrayBuffer(0)),
    ];
    for (const task of tasks) void task.resume();
    const results = await Promise.all(tasks.map(({ completed }) => completed));
    return results.map(({ error, response }) => error?.code ?? response?.status);
  });
  expect(ends).toEqual([200, 200, 200, 200]);
  for (const { url, headers } of site.requests("/echo"))
    expect([headers["content-type"], headers["content-length"]], url).toEqual([undefined, "0"]);
});

test("requestWithEmptyBody: a HEAD completes with its headers, told once", async ({ page, site }) => {
  const request = { url: "/files/100KB.bin", method: "HEAD" };
  const ends = await page.evaluate(async (request) => {
    const told: string[] = [];
    const session = await app.open("test", {
      delegate: {
        didFinishDownloading: (task, file) => void told.push(`${task.id} file ${file.size}`),
        didComplete: (task, error) => void told.push(`${task.id} ${error?.code ?? "ok"}`),
      },
    });
    const task = session.dataTask(request, { id: "head" });
    void task.resume();
    const { response } = await task.completed;
    await session.finishTasksAndInvalidate();
    return { told, status: response?.status, length: response?.headers.get("content-length") };
  }, request);
  expect(ends).toEqual({ told: ["head ok"], status: 200, length: "100000" });
  expect(site.bytesSent("/files/100KB.bin")).toBe(0);
});

test("an upload that is refused in the middle of its body completes with that answer", async ({
  page,
  site,
}) => {
  site.route("/full", (request, response) => {
    request.once("data", () => {
      response.writeHead(413).end("too large");
      request.resume();
    });
  });
  const body = "x".repeat(300_000);
  expect(await endedTask(page, "/full", { kind: "uploadTask", body })).toMatchObject({
    status: 413,
    text: "too large",
    error: undefined,
  });
  expect(site.requests("/full")).toHaveLength(1);
});
