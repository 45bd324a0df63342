import { gzipSync } from "node:zlib";
import type { BackgroundTask } from "../../src/app/index.ts";
import { endedTask } from "../support/ended-task.ts";
import { expect, test } from "../support/fixtures.ts";

// Named after the cases in TestURLSession.swift of swift-corelibs-foundation, which stand before the colon.
// docs/urlsession.md has the whole table.

const KINDS = ["dataTask", "downloadTask", "uploadTask"] as const;

test("outOfRangeButCorrectlyFormattedHTTPCode: 999 is an answer, with its body, for each kind of task", async ({
  page,
  site,
}) => {
  site.route("/odd", (request, response) => {
    request.resume();
    response.writeHead(999, { "x-odd": "yes" }).end("odd");
  });
  for (const kind of KINDS)
    expect(await endedTask(page, "/odd", { kind }), kind).toMatchObject({
      status: 999,
      text: "odd",
      error: undefined,
    });
});

test("httpNotFound: a status is no error, whatever it is, and each kind of task has the body", async ({
  page,
}) => {
  await page.evaluate(async () => void (await app.open()));
  for (const status of [200, 201, 203, 226, 400, 402, 404, 409, 410, 416, 418, 451, 501, 505, 599]) {
    const ends = await Promise.all(
      KINDS.map((kind) => endedTask(page, `/echo?status=${status}&key=${kind}`, { kind, body: "x" })),
    );
    for (const { status: shown, text, error } of ends)
      expect({ shown, error, text }).toEqual({
        shown: status,
        error: undefined,
        text: expect.stringContaining(String(status)),
      });
  }
});

test("httpNotFound: the answer is on the task before its completion is told, and completed is the last state", async ({
  page,
}) => {
  const told = await page.evaluate(async () => {
    const told: string[] = [];
    const note = (what: string, task: BackgroundTask) =>
      void told.push(`${what} ${task.state} ${task.response?.status}`);
    const session = await app.open("test", {
      delegate: {
        didFinishDownloading: (task) => note("didFinishDownloading", task),
        didComplete: (task) => note("didComplete", task),
      },
    });
    const task = session.downloadTask("/status/404");
    void task.resume();
    await task.completed;
    await session.finishTasksAndInvalidate();
    return told;
  });
  expect(told).toEqual(["didFinishDownloading completed 404", "didComplete completed 404"]);
});

test("missingContentLengthButStillABody: the length is −1 until the end, and then what came", async ({
  page,
  site,
}) => {
  let end = () => {};
  site.route("/endless", (_, response) => {
    response.writeHead(200);
    response.write("hello ");
    end = () => void response.end("world");
  });
  await page.evaluate(async () => {
    const session = await app.open();
    const task = session.downloadTask("/endless", { id: "unknown" });
    Object.assign(globalThis, { task });
    await task.resume();
  });
  await expect
    .poll(() =>
      page.evaluate(() => {
        const task = app.BackgroundSession.current("test")?.task("unknown");
        return [
          task?.countOfBytesExpectedToReceive,
          task?.response?.status,
          task?.progress.fraction ?? "none",
        ];
      }),
    )
    .toEqual([-1, 200, "none"]);
  end();
  const task = await page.evaluate(async () => {
    const { task } = globalThis as unknown as { task: BackgroundTask };
    const { file } = await task.completed;
    return [await file?.text(), task.countOfBytesReceived];
  });
  expect(task).toEqual(["hello world", 11]);
});

test("gzippedDownloadTask: what was received is counted decoded, and is never more than what is expected", {
  tag: "@core",
}, async ({ page, site }) => {
  const text = "all work and no play ".repeat(5_000);
  site.route("/zipped", (_, response) => {
    const zipped = gzipSync(text);
    response
      .writeHead(200, {
        "content-encoding": "gzip",
        "content-length": zipped.length,
        "content-type": "text/plain",
      })
      .end(zipped);
  });
  for (const kind of ["downloadTask", "dataTask"] as const) {
    const end = await endedTask(page, "/zipped", { kind });
    expect(end).toMatchObject({ status: 200, text, received: text.length, error: undefined });
    expect([-1, text.length]).toContain(end.expected);
  }
});

test("downloadTaskWithURL, downloadTaskWithURLRequest: the file is there in didFinishDownloading, then it completes", async ({
  page,
  site,
}) => {
  const told = await page.evaluate(async () => {
    const told: unknown[] = [];
    const session = await app.open("test", {
      delegate: {
        didFinishDownloading: async (task, file) =>
          void told.push([task.id, file.name, file.size, await app.sha256(file)]),
        didComplete: (task, error) => void told.push([task.id, error?.code ?? "ok"]),
      },
    });
    const url = "/files/100KB.bin";
    const requests = {
      text: url,
      URL: new URL(url, location.href),
      Request: new Request(url),
      object: { url },
    };
    for (const [id, request] of Object.entries(requests)) {
      const task = session.downloadTask(request, { id });
      void task.resume();
      await task.completed;
    }
    await session.finishTasksAndInvalidate();
    return told;
  });
  const sha256 = await site.sha256("/files/100KB.bin");
  expect(told).toEqual(
    ["text", "URL", "Request", "object"].flatMap((id) => [
      [id, "100KB.bin", 100_000, sha256],
      [id, "ok"],
    ]),
  );
});
