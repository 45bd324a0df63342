import { createHash } from "node:crypto";
import type { TestServer } from "../../server/server.ts";
import type { UploadOptions } from "../../src/app/tasks/task-options.ts";
import { dumpDatabase } from "../support/database-dump.ts";
import { expect, test } from "../support/fixtures.ts";
import { activityOf } from "../support/live-task.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

interface HookAnswer {
  readonly headers?: Record<string, string>;
  readonly url?: string;
  readonly word?: "wait" | "cancel";
}

interface Question {
  readonly id: string;
  readonly context: unknown;
  readonly url: string;
  readonly method: string;
}

/** Answers the app's hook; `asked` records its questions. */
function answerHook(site: TestServer, answer: (question: Question) => HookAnswer) {
  const asked: Question[] = [];
  site.route("/hook", async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const task = JSON.parse(text);
    asked.push(task);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer(task)));
  });
  return asked;
}

async function openWithHook(page: TestPage): Promise<void> {
  await page.evaluate(() => app.open("test", { serviceWorker: "/sending-worker.js" }));
}

function upload(page: TestPage, id: string, options: UploadOptions = {}, url = "/echo"): Promise<void> {
  return page.evaluate(
    async ([id, url, options]) => {
      const session = app.BackgroundSession.current("test");
      await session?.uploadTask(url, new Blob(["photo"]), { id, ...options }).resume();
    },
    [id, url, options] as const,
  );
}

test("every attempt gets a new token, which is never stored on disk", async ({ page, site }) => {
  let count = 0;
  const asked = answerHook(site, () => {
    count += 1;
    return { headers: { Authorization: `Bearer token-${count}` } };
  });
  await openWithHook(page);
  await upload(
    page,
    "photo",
    { completion: { handler: "sent", context: { user: "ada" } } },
    "/echo?status=503&times=2",
  );
  await expect.poll(() => site.requests("/echo").length).toBe(1);
  const dump = JSON.stringify(await dumpDatabase(page));
  expect(await endOf(page, "photo")).toMatchObject([{ type: "didComplete", status: 200 }]);
  expect(site.requests("/echo").map(({ headers }) => headers.authorization)).toEqual([
    "Bearer token-1",
    "Bearer token-2",
    "Bearer token-3",
  ]);
  expect(asked).toMatchObject(Array(3).fill({ id: "photo", context: { user: "ada" }, method: "POST" }));
  expect(dump).not.toContain("Bearer");
});

test("a download goes to a signed URL, and resumes with the next one", async ({ page, site }) => {
  const path = "/files/6MB.bin";
  let count = 0;
  answerHook(site, () => {
    count += 1;
    return { url: `${path}?throttle=2MB&cut=3MB&cutTimes=1&key=signature-${count > 1 ? 2 : 1}` };
  });
  await openWithHook(page);
  await page.evaluate(() =>
    app.BackgroundSession.current("test")?.downloadTask("/signed/6MB.bin", { id: "file" }).resume(),
  );
  await expectFile(page, "file", await site.sha256(path));
  const [first, second] = site.requests(path);
  expect(first?.url).toContain("signature-1");
  expect(second?.url).toContain("signature-2");
  expect(second?.headers.range).toMatch(/^bytes=[1-9]\d+-$/);
  expect(site.requests("/signed/6MB.bin")).toEqual([]);
});

for (const protocol of [undefined, "tus"] as const) {
  test(`an upload (${protocol ?? "one request"}) arrives whole at the signed URL of each request`, {
    tag: protocol === undefined ? "@core" : [],
  }, async ({ page, site }) => {
    const sizeBytes = 3_000_000;
    const received: string[] = [];
    site.route("/photos", async (request, response) => {
      const hash = createHash("sha256");
      for await (const chunk of request) hash.update(chunk);
      received.push(hash.digest("hex"));
      response.end();
    });
    let count = 0;
    const asked = answerHook(site, ({ url, method }) => {
      count += 1;
      // The query of a creation would come back in its Location, and be stored as the server's own URL.
      return protocol !== undefined && method === "POST" ? {} : { url: `${url}?key=signature-${count}` };
    });
    await openWithHook(page);
    const options = protocol === undefined ? {} : { protocol };
    await startUpload(page, "photo", protocol === undefined ? "/photos" : "/tus", sizeBytes, options);
    expect(await endOf(page, "photo")).toMatchObject([{ type: "didComplete" }]);
    const dump = JSON.stringify(await dumpDatabase(page));
    expect(dump).toContain("photo");
    expect(dump).not.toContain("signature");
    const signed = site.requests(({ url }) => url.includes("signature"));
    if (protocol === undefined) {
      expect(signed.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /photos?key=signature-1"]);
      expect(received).toEqual([sha256Of(uploadBytes(sizeBytes))]);
    } else {
      expect(asked.map(({ method }) => method)).toEqual(expect.arrayContaining(["OPTIONS", "POST", "PATCH"]));
      expect(signed).toHaveLength(asked.length - 1);
      const stored = await site.storedUploads("tus");
      expect(stored).toMatchObject([
        { isComplete: true, sizeBytes, sha256: sha256Of(uploadBytes(sizeBytes)) },
      ]);
    }
  });
}

test("one user's upload waits while another is signed in, and is sent when the hook allows it", async ({
  page,
  site,
}) => {
  let user = "bob";
  answerHook(site, ({ context }) => {
    const owner = (context as { user: string }).user;
    return owner === user ? {} : { word: "wait" };
  });
  await openWithHook(page);
  const ofAda = { completion: { handler: "sent", context: { user: "ada" } } };
  const ofBob = { completion: { handler: "sent", context: { user: "bob" } } };
  await upload(page, "ada", ofAda);
  await upload(page, "bob", ofBob);
  expect(await endOf(page, "bob")).toMatchObject([{ status: 200 }]);
  await activityOf(page, "ada", "needs-authorization");
  expect(site.requests("/echo")).toHaveLength(1);
  user = "ada";
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("ada")?.resume());
  expect(await endOf(page, "ada")).toMatchObject([{ status: 200 }]);
  expect(site.requests("/echo")).toHaveLength(2);
});

test("a task that the hook cancels ends as cancelled, and its body is freed", async ({ page, site }) => {
  answerHook(site, () => ({ word: "cancel" }));
  await openWithHook(page);
  await upload(page, "photo");
  expect(await endOf(page, "photo")).toMatchObject([{ error: "cancelled" }]);
  expect(site.requests("/echo")).toEqual([]);
  expect(await page.evaluate(() => app.rows("bodies"))).toEqual([]);
});

test("an upload that was answered with 401 waits, across a reload, until the page resumes it", async ({
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { waitStatuses: [401, 403] } });
    const task = session.uploadTask("/echo?status=401&times=1", new Blob(["photo"]), { id: "photo" });
    await task.resume();
  });
  await activityOf(page, "photo", "needs-authorization");
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  const activity = await page.evaluate(async () => (await app.open()).task("photo")?.activity);
  expect(activity).toBe("needs-authorization");
  expect(site.requests("/echo")).toHaveLength(1);
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("photo")?.resume());
  expect(await endOf(page, "photo")).toMatchObject([{ type: "didComplete", status: 200 }]);
  const keys = site.requests("/echo").map(({ headers }) => headers["idempotency-key"]);
  expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
});
