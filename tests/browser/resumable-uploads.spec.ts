import type { TestServer } from "../../server/server.ts";
import type { UploadKind } from "../../server/uploads/uploads.ts";
import type { ResumeData } from "../../src/app/index.ts";
import { expect, test } from "../support/fixtures.ts";
import { activityOf, liveTask } from "../support/live-task.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf, expectFailure } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { uploadBytes } from "../support/upload-bytes.ts";
import { acknowledgedBytes } from "../support/upload-progress.ts";

const MB = 1_000_000;
const FAST = { intervals: [20, 50] };
const KINDS = ["tus", "ietf"] as const;
const LIES = ["offset-back", "offset-beyond", "no-location", "foreign-location", "conflict", "html"];

/** Expects that the task with this protocol's name ends, and that the server has one whole upload, byte for byte. */
async function expectStored(
  page: TestPage,
  site: TestServer,
  kind: UploadKind,
  sizeBytes: number,
): Promise<void> {
  expect(await endOf(page, kind, 60_000), kind).toMatchObject([{ type: "didComplete" }]);
  await expectOnDisk(site, kind, sizeBytes);
}

/** Expects one whole upload on the server's disk, byte for byte what was sent. */
async function expectOnDisk(site: TestServer, kind: UploadKind, sizeBytes: number): Promise<void> {
  const whole = (await site.storedUploads(kind)).filter(({ isComplete }) => isComplete);
  expect(
    whole.map((upload) => [upload.sizeBytes, upload.sha256]),
    kind,
  ).toEqual([[sizeBytes, sha256Of(uploadBytes(sizeBytes))]]);
}

/** Creates an upload as an app's server does. @returns its URL */
async function created(url: string, kind: UploadKind, sizeBytes: number): Promise<string> {
  const headers = {
    "upload-length": String(sizeBytes),
    ...(kind === "tus"
      ? { "tus-resumable": "1.0.0" }
      : { "upload-complete": "?0", "upload-draft-interop-version": "8" }),
  };
  const response = await fetch(url, { method: "POST", headers });
  expect(response.status).toBe(201);
  return new URL(response.headers.get("location") ?? "", url).href;
}

test("with each protocol, an upload arrives whole, in growing chunks, and its progress is what the server acknowledged", async ({
  page,
  site,
}) => {
  for (const kind of KINDS) {
    await startUpload(page, kind, `/${kind}?throttle=10MB`, 20 * MB, { protocol: kind });
    await expect
      .poll(async () => (await liveTask(page, kind))?.countOfBytesSent, { ...FAST, message: kind })
      .toBeGreaterThan(0);
    const task = await liveTask(page, kind);
    expect(task?.countOfBytesExpectedToSend, kind).toBe(20 * MB);
    expect(task?.countOfBytesSent, kind).toBeLessThan(20 * MB);
    await expectStored(page, site, kind, 20 * MB);
    const sizes = site
      .requests(({ method, path }) => method === "PATCH" && path.startsWith(`/${kind}/`))
      .map(({ headers }) => Number(headers["content-length"]));
    expect(Math.max(...sizes), kind).toBeGreaterThan(1024 * 1024);
    expect(await page.evaluate(() => app.rows("bodies")), kind).toEqual([]);
  }
});

test("with each protocol, an upload that breaks off during its chunks resumes from the server's offset", async ({
  page,
  site,
}) => {
  for (const kind of KINDS) {
    const url = `/${kind}?throttle=10MB&cut=700KB&cutTimes=4`;
    await startUpload(page, kind, url, 8 * MB, { protocol: kind });
  }
  for (const kind of KINDS) await expectStored(page, site, kind, 8 * MB);
  const news = await page.evaluate(() => app.news);
  for (const kind of KINDS)
    expect(
      news.some((word) => word.startsWith(`resumed ${kind}`)),
      kind,
    ).toBe(true);
});

for (const kind of KINDS) {
  test(`${kind}: an upload survives a stopped worker, a restarted server and a closed tab`, {
    tag: "@core",
  }, async ({ browserApp, page, site }) => {
    await startUpload(page, kind, `/${kind}?throttle=4MB`, 12 * MB, { protocol: kind });
    const first = await acknowledgedBytes(page, kind, 0);
    await browserApp.stopWorkers(page);
    const second = await acknowledgedBytes(page, kind, first);
    await site.goDown();
    await activityOf(page, kind, "waiting-for-network");
    await site.comeBack();
    await acknowledgedBytes(page, kind, second);
    await page.close();
    const next = await browserApp.open(site.origin);
    await next.evaluate(() => app.open());
    await expectStored(next, site, kind, 12 * MB);
  });
}

test("with each protocol, an upload waits for a busy server and obeys its Retry-After", async ({
  page,
  site,
}) => {
  for (const kind of KINDS)
    await startUpload(page, kind, `/${kind}?status=503&times=1&retryAfter=1`, MB, { protocol: kind });
  for (const kind of KINDS) await expectStored(page, site, kind, MB);
});

test("with each protocol, an upload that is suspended and cancelled is removed from the server", async ({
  page,
  site,
}) => {
  for (const kind of KINDS) {
    await startUpload(page, kind, `/${kind}?throttle=1MB`, 5 * MB, { protocol: kind });
    await acknowledgedBytes(page, kind, 0);
    await page.evaluate((id) => app.BackgroundSession.current("test")?.task(id)?.suspend(), kind);
    await activityOf(page, kind, "none");
    expect(await site.storedUploads(kind), kind).toHaveLength(1);
    await page.evaluate((id) => app.BackgroundSession.current("test")?.task(id)?.cancel(), kind);
    await expect.poll(() => site.storedUploads(kind), kind).toEqual([]);
    expect(await page.evaluate(() => app.rows("bodies")), kind).toEqual([]);
  }
});

test("with each protocol, a second task continues from the resume data of a cancelled one, at the server's offset", async ({
  page,
  site,
}) => {
  for (const kind of KINDS) {
    const first = `first ${kind}`;
    await startUpload(page, first, `/${kind}?throttle=2MB`, 6 * MB, { protocol: kind });
    await acknowledgedBytes(page, first, MB);
    const token = await page.evaluate(
      async (id) =>
        structuredClone(await app.BackgroundSession.current("test")?.task(id)?.cancelByProducingResumeData()),
      first,
    );
    await endOf(page, first);
    await page.evaluate(
      async ({ token, id }) => {
        const session = app.BackgroundSession.current("test");
        await session?.uploadTask({ resumeData: token as ResumeData }, { id }).resume();
      },
      { token, id: kind },
    );
    await expectStored(page, site, kind, 6 * MB);
    expect(await site.storedUploads(kind), kind).toHaveLength(1);
  }
});

test("with each protocol, a hostile server ends the task, whatever its lie, and gets no wrong bytes", async ({
  page,
  site,
}) => {
  // Each has its own size, which tells them apart on the server's disk.
  const rows = KINDS.flatMap((kind) =>
    LIES.map((lie, index) => ({ id: `${kind} ${lie}`, kind, lie, sizeBytes: 2 * MB + index })),
  );
  for (const { id, kind, lie, sizeBytes } of rows)
    await startUpload(page, id, `/${kind}?lie=${lie}`, sizeBytes, { protocol: kind, retry: { limit: 2 } });
  for (const { id } of rows) await expectFailure(page, id, "bad-response", 60_000);
  for (const kind of KINDS) {
    const whole = (await site.storedUploads(kind)).filter(({ isComplete }) => isComplete);
    expect(
      whole.map(({ sizeBytes }) => LIES[sizeBytes - 2 * MB]),
      kind,
    ).toEqual([]);
  }
  expect(site.requests(({ listener }) => listener === "cross")).toEqual([]);
});

test("with each protocol, an upload goes to another origin that allows it", async ({ page, site }) => {
  for (const kind of KINDS) {
    const url = `${site.crossOrigin}/${kind}?throttle=10MB&cut=700KB&cutTimes=1`;
    await startUpload(page, kind, url, 2 * MB, { protocol: kind });
  }
  for (const kind of KINDS) await expectStored(page, site, kind, 2 * MB);
});

test("with each protocol, resumeAt continues an upload that another program has created, at another origin too", async ({
  page,
  site,
}) => {
  for (const kind of KINDS) {
    for (const origin of [site.origin, site.crossOrigin]) {
      const resumeAt = await created(`${origin}/${kind}?throttle=10MB&cut=700KB&cutTimes=1`, kind, 2 * MB);
      await startUpload(page, resumeAt, resumeAt, 2 * MB, { protocol: kind, resumeAt });
      expect(await endOf(page, resumeAt, 60_000), resumeAt).toMatchObject([{ type: "didComplete" }]);
    }
    const stored = await site.storedUploads(kind);
    expect(
      stored.map(({ sha256, isComplete }) => [sha256, isComplete]),
      kind,
    ).toEqual(stored.map(() => [sha256Of(uploadBytes(2 * MB)), true]));
    expect(stored, kind).toHaveLength(2);
  }
});

test("with each protocol, a captive portal's page is not taken for the answer", async ({ page, site }) => {
  for (const kind of KINDS)
    await startUpload(page, kind, `/${kind}?lie=html&lieTimes=1`, 2 * MB, { protocol: kind });
  for (const kind of KINDS) await expectStored(page, site, kind, 2 * MB);
});

test("tus: a worker of the app's own sends chunks of the size that it was given, as docs/uploads.md prints it", async ({
  page,
  site,
}) => {
  const sizeBytes = 12 * MB;
  const resumeAt = await created(`${site.crossOrigin}/tus`, "tus", sizeBytes);
  await page.evaluate(() =>
    app.open("test", { serviceWorker: "/tus-chunks-worker.js" }).then(() => undefined),
  );
  await startUpload(page, "film", resumeAt, sizeBytes, { protocol: "tus", resumeAt });
  expect(await endOf(page, "film", 60_000)).toMatchObject([{ type: "didComplete" }]);
  await expectOnDisk(site, "tus", sizeBytes);
  const chunks = site.requests(({ method }) => method === "PATCH");
  const chunkSize = 5 * 1024 * 1024;
  expect(chunks.map(({ headers }) => Number(headers["content-length"]))).toEqual([
    chunkSize,
    chunkSize,
    sizeBytes - 2 * chunkSize,
  ]);
});

test("tus: the server gets the name and the type of a file, also of an empty one", async ({ page, site }) => {
  const files = { "a.txt": 5, "empty.txt": 0, "large.txt": 300_000 };
  await page.evaluate(async (files) => {
    const session = await app.open();
    for (const [name, sizeBytes] of Object.entries(files)) {
      const file = new File(["x".repeat(sizeBytes)], name, { type: "text/plain" });
      await session.uploadTask("/tus", file, { id: name, protocol: "tus" }).resume();
    }
  }, files);
  for (const name of Object.keys(files))
    expect(await endOf(page, name)).toMatchObject([{ type: "didComplete" }]);
  const creations = site.requests(({ method }) => method === "POST");
  const metadata = creations.map(({ headers }) => headers["upload-metadata"]);
  const expected = Object.keys(files).map((name) => `filename ${btoa(name)},filetype ${btoa("text/plain")}`);
  expect(metadata.sort()).toEqual(expected.sort());
});

test("ietf: the resource's answer, with its body, is there after a reload", async ({ page, site }) => {
  await startUpload(page, "photo", "/ietf?throttle=1MB", 1.5 * MB, {
    protocol: "ietf",
    completion: { handler: "sent", context: 1 },
  });
  await acknowledgedBytes(page, "photo", 0);
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  await page.evaluate(() => app.open());
  const noted = await endOf(page, "photo");
  expect(noted).toMatchObject([{ type: "didComplete", status: 201 }]);
  const answer = { sizeBytes: 1.5 * MB, sha256: sha256Of(uploadBytes(1.5 * MB)) };
  expect(JSON.parse(noted[0]?.text ?? "")).toMatchObject(answer);
  const handled = (await page.evaluate(() => app.entries())).find(({ type }) => type === "handler");
  expect(JSON.parse(handled?.text ?? "")).toMatchObject(answer);
  await expectOnDisk(site, "ietf", 1.5 * MB);
});

test("an upload keeps the options that it began with: other options are an error at the call", async ({
  page,
}) => {
  await startUpload(page, "first", "/tus?throttle=1MB", 3 * MB, { protocol: "tus", retry: { limit: 2 } });
  await acknowledgedBytes(page, "first", 0);
  const { token, errors } = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const task = session?.task("first");
    const resumeData = structuredClone(await task?.cancelByProducingResumeData()) as ResumeData;
    await task?.completed;
    const wrong = [
      { protocol: "ietf" },
      { metadata: {} },
      { connections: 2 },
      { resumeAt: "/" },
      { idempotencyKey: "x" },
    ];
    const errors = wrong.flatMap((options) =>
      [
        () => session?.uploadTask({ resumeData }, options as object),
        () => task && session?.retry(task, options),
      ].map((call) => {
        try {
          return call()?.id === undefined ? "nothing" : "no error";
        } catch (error) {
          return String(error);
        }
      }),
    );
    return { token: resumeData, errors };
  });
  expect(token.protocol).toBe("tus");
  const refused = (name: string) => expect.stringMatching(`^TypeError: "${name}" cannot be given`);
  expect(errors).toEqual([
    refused("protocol"),
    refused("protocol"),
    refused("metadata"),
    refused("metadata"),
    refused("connections"),
    refused("connections"),
    refused("resumeAt"),
    refused("resumeAt"),
    refused("idempotencyKey"),
    "no error",
  ]);
});

test("a protocol that the worker was not given is an error at the call that names the import", async ({
  page,
}) => {
  const messages = await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "/sending-worker.js" });
    const request = { url: `${location.origin}/ietf`, method: "POST", headers: {} };
    const resumeData = { version: 1, session: "test", key: "key", kind: "upload", protocol: "ietf", request };
    const calls = [
      () => session.uploadTask("/ietf", "text", { protocol: "ietf" }),
      () => session.uploadTask({ resumeData: resumeData as ResumeData }),
    ];
    return calls.map((call) => {
      try {
        return call().id;
      } catch (error) {
        return String(error);
      }
    });
  });
  const named = expect.stringMatching(/^TypeError: .*import \{ ietf \} from "background-session\/ietf"/);
  expect(messages).toEqual([named, named]);
});
