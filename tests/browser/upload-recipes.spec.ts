import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { expect, test } from "../support/fixtures.ts";
import { presignOfDocs } from "../support/presign-of-docs.ts";
import { startRecipe } from "../support/recipe-server.ts";
import { linesWith } from "../support/samples-of.ts";
import { routeBucket } from "../support/servers/route-bucket.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { isSignedBy } from "../support/signed-by.ts";
import { endOf } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

// The servers, workers and pages that docs/uploads.md and docs/s3.md print, against each other. Each upload is interrupted.

const MB = 1_000_000;

/** Runs the lines of a page in a session with a file. @returns the task's identifier */
async function runLines(page: TestPage, lines: string, sizeBytes: number, serviceWorker = "/sw.js") {
  await page.evaluate(
    async ({ lines, sizeBytes, serviceWorker }) => {
      const completionHandlers = { "photo-sent": app.sent };
      const session = await app.open("test", { serviceWorker, completionHandlers });
      const words = Uint32Array.from({ length: sizeBytes / 4 }, (_, index) => index);
      const file = new File([words], "7.jpg", { type: "image/jpeg" });
      const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
      await new AsyncFunction("session", "file", lines)(session, file);
    },
    { lines, sizeBytes, serviceWorker },
  );
  const [{ id }] = (await page.evaluate(() => app.rows("tasks"))) as [{ id: string }];
  return id;
}

test("one request: the photo arrives once although the worker stops in the body and the answer is lost", async ({
  browserApp,
  page,
  site,
}) => {
  const saved: string[] = [];
  async function savePhoto(request: IncomingMessage) {
    const hash = createHash("sha256");
    for await (const chunk of request) hash.update(chunk);
    saved.push(hash.digest("hex"));
    site.dropConnections("/photos");
    return { photo: saved.length };
  }
  Object.assign(globalThis, { savePhoto });
  const server = await startRecipe("uploads.md", "photo-server.ts");
  server.behind(site, "/photos", 4 * MB);
  const id = await runLines(page, await linesWith("uploads.md", "ts", '"/photos", file'), 4 * MB);
  await expect.poll(() => site.requests("/photos").length).toBe(1);
  await browserApp.stopWorkers(page);
  expect(await endOf(page, id, 60_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
  expect(saved).toEqual([sha256Of(uploadBytes(4 * MB))]);
  expect(site.requests("/photos").length).toBeGreaterThanOrEqual(3);
  const handled = (await page.evaluate(() => app.entries())).find(({ type }) => type === "handler");
  expect(handled).toMatchObject({ context: { photo: 7 }, text: '{"photo":1}' });
  await server.close();
});

test("tus: the complete example uploads a chosen photo with fresh tokens, also while the page reloads and the worker stops", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const added: unknown[][] = [];
  Object.assign(globalThis, { addPhoto: (...photo: unknown[]) => added.push(photo) });
  const server = await startRecipe("uploads.md", "tus-server.ts");
  server.behind(site, "/tus", 4 * MB);
  let tokens = 0;
  site.route("/token", (_, response) => {
    tokens += 1;
    response.end(`fresh-${tokens}`);
  });
  const worker = await readFile(new URL("../../.cache/site/tus-recipe-worker.js", import.meta.url), "utf8");
  site.serve("/sw.js", { body: worker, type: "text/javascript" });
  const page = await browserApp.newPage();
  await page.goto(`${site.origin}/tus-recipe/`);
  await page.waitForFunction(() => document.querySelector("input") !== null);
  await page.evaluate((sizeBytes) => {
    const words = Uint32Array.from({ length: sizeBytes / 4 }, (_, index) => index);
    const chosen = new DataTransfer();
    chosen.items.add(new File([words], "7.jpg", { type: "image/jpeg" }));
    const input = document.querySelector("input") as HTMLInputElement;
    input.files = chosen.files;
    input.dispatchEvent(new Event("change"));
  }, 12 * MB);
  const chunks = () => site.requests(({ method }) => method === "PATCH").length;
  await expect.poll(chunks).toBeGreaterThan(1);
  await page.reload();
  const before = chunks();
  await expect.poll(chunks).toBeGreaterThan(before);
  await browserApp.stopWorkers(page);
  await expect.poll(() => added.length, { timeout: 60_000 }).toBe(1);
  const [[name, metadata] = []] = added;
  expect(metadata).toMatchObject({ filename: "7.jpg", filetype: "image/jpeg" });
  expect(sha256Of(await readFile(`${server.directory}/${name}`))).toBe(sha256Of(uploadBytes(12 * MB)));
  await expect
    .poll(() =>
      page.evaluate(() => document.querySelector("background-transfers")?.shadowRoot?.textContent ?? ""),
    )
    .toContain("Uploaded");
  const asked = site.requests(({ path }) => /^\/tus(\/|$)/.test(path));
  for (const { headers } of asked) expect(headers.authorization).toMatch(/^Bearer fresh-\d+$/);
  expect(new Set(asked.map(({ headers }) => headers.authorization)).size).toBe(asked.length);
  expect(added).toHaveLength(1);
  await server.close();
});

test("IETF: the video is one file after the worker stopped in the body, and the page gets the resource's answer", async ({
  browserApp,
  page,
  site,
}) => {
  const added: string[] = [];
  Object.assign(globalThis, { addVideo: (file: string) => ({ video: added.push(file) }) });
  const server = await startRecipe("uploads.md", "video-server.ts");
  server.behind(site, "/videos", 4 * MB);
  const id = await runLines(page, await linesWith("uploads.md", "ts", '"/videos", file'), 12 * MB);
  const chunks = () => site.requests(({ method }) => method === "PATCH").length;
  for (const stop of [1, 2]) {
    const before = chunks();
    await expect.poll(chunks, `before stop ${stop}`).toBeGreaterThan(before);
    await browserApp.stopWorkers(page);
  }
  const [end, ...more] = await endOf(page, id, 60_000);
  expect([end, ...more]).toMatchObject([{ type: "didComplete", status: 201, text: '{"video":1}' }]);
  const [file = ""] = added;
  expect(sha256Of(await readFile(file))).toBe(sha256Of(uploadBytes(12 * MB)));
  expect(added).toHaveLength(1);
  await server.close();
});

test("S3: the printed server signs for the printed worker, and the object is whole after the worker stopped", async ({
  browserApp,
  page,
  site,
}) => {
  const sizeBytes = 20 * MB;
  const key = { id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG", region: "us-east-1" };
  const presign = await presignOfDocs();
  const here = (code: string) =>
    code.replace("https://examplebucket.s3.amazonaws.com", `${site.crossOrigin}/bucket`);
  const routed = routeBucket(site);
  // The worker is to be stopped in the middle, also on a slow machine.
  routed.bytesPerSecond = 2 * MB;
  routed.bucket.habits = { isSigned: (request) => isSignedBy(presign, key, site.crossOrigin, request) };
  process.env.AWS_SECRET = key.secret;
  const server = await startRecipe("s3.md", "signing-server.ts", here);
  site.unroute("/sign");
  server.behind(site, "/sign");
  const lines = here(await linesWith("s3.md", "ts", '{ protocol: "s3"'));
  const id = await runLines(page, lines, sizeBytes, "/s3-recipe-worker.js");
  await expect
    .poll(() => routed.bucket.talk.filter((name) => name.startsWith("part")).length)
    .toBeGreaterThan(0);
  await browserApp.stopWorkers(page);
  expect(await endOf(page, id, 60_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
  const object = routed.bucket.objects.get("/bucket/photos/7.jpg");
  expect([object?.sizeBytes, object?.sha256]).toEqual([sizeBytes, sha256Of(uploadBytes(sizeBytes))]);
  expect(routed.bucket.talk).toContain("list");
  await server.close();
});
