import { expect, test } from "../support/fixtures.ts";
import { type RoutedBucket, routeBucket } from "../support/servers/route-bucket.ts";
import { error, xml } from "../support/servers/s3-answers.ts";
import { sha256Of } from "../support/sha256-of.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";
import { uploadBytes } from "../support/upload-bytes.ts";
import { eventsOf, expectNoFaults, percentageOf, press, rowsOf } from "../support/uppy-page.ts";

test.slow();

const MIB = 1024 * 1024;
/** Two parts of 5 MiB, and a smaller one. */
const LARGE = 12 * MIB;

async function openWithBucket(browser: TestBrowser, origin: string, bucket: string): Promise<TestPage> {
  const page = await browser.newPage();
  await page.goto(`${origin}/uppy/?worker=/s3-worker.js`);
  await showWithBucket(page, bucket);
  return page;
}

async function showWithBucket(page: TestPage, bucket: string): Promise<void> {
  await page.waitForFunction(() => "uppyApp" in globalThis);
  await page.evaluate((bucket) => {
    const endpoint = ({ name }: { name?: string }) => `${bucket}/${name}`;
    const retry = { limit: 0 };
    uppyApp.show({ endpoint, protocol: "s3", allowedMetaFields: ["album"], retry }, { autoProceed: true });
  }, bucket);
}

function answersOf(page: TestPage): Promise<unknown[]> {
  return page.evaluate(() =>
    uppyApp.uppy.getFiles().map(({ name, uploadURL, response }) => ({ name, uploadURL, response })),
  );
}

function answerOf(bucket: string, name: string): unknown {
  const location = `${bucket}/${name}`;
  return { name, uploadURL: location, response: { status: 200, body: { location }, uploadURL: location } };
}

function expectObject({ bucket }: RoutedBucket, name: string, sizeBytes: number): void {
  const object = bucket.objects.get(`/bucket/${name}`);
  expect([object?.sizeBytes, object?.sha256]).toEqual([sizeBytes, sha256Of(uploadBytes(sizeBytes))]);
}

test("files go to a bucket, large ones in parts and over a reload, and Uppy gets the address of each object", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const routed = routeBucket(site);
  routed.bytesPerSecond = MIB;
  const bucket = `${site.crossOrigin}/bucket`;
  const page = await openWithBucket(browserApp, site.origin, bucket);
  await page.evaluate((large) => {
    uppyApp.add({ "a.png": 30_000, "b.png": large, "c.png": large + 1 }, { album: "Summer", secret: 1 });
  }, LARGE);
  await expect.poll(() => eventsOf(page)).toContain("success a.png 200 undefined");
  expect(await answersOf(page)).toContainEqual(answerOf(bucket, "a.png"));
  await expect.poll(() => percentageOf(page), { timeout: 60_000 }).toBeGreaterThan(15);
  await page.reload();
  routed.bytesPerSecond = 8 * MIB;
  await showWithBucket(page, bucket);
  await expect.poll(() => rowsOf(page)).toEqual(["b.png: Pause upload", "c.png: Pause upload"]);
  expect(await percentageOf(page)).toBeGreaterThan(15);
  await expect.poll(() => eventsOf(page), { timeout: 60_000 }).toContain("complete 2 0");
  expect(await answersOf(page)).toEqual([answerOf(bucket, "b.png"), answerOf(bucket, "c.png")]);
  expectObject(routed, "a.png", 30_000);
  expectObject(routed, "b.png", LARGE);
  expectObject(routed, "c.png", LARGE + 1);
  expect(routed.bucket.talk.filter((name) => name === "create")).toHaveLength(2);
  expect(routed.metadata.get(`${bucket}/b.png`)).toEqual({ album: "Summer" });
  await expectNoFaults(page);
});

test("a file that the user removes is aborted in the bucket, and the other one arrives", async ({
  browserApp,
  site,
}) => {
  const routed = routeBucket(site);
  routed.bytesPerSecond = 2 * MIB;
  const page = await openWithBucket(browserApp, site.origin, `${site.crossOrigin}/bucket`);
  await page.evaluate((large) => uppyApp.add({ "a.png": large, "b.png": large }), LARGE);
  await expect.poll(() => percentageOf(page)).toBeGreaterThan(10);
  await press(page, ".uppy-Dashboard-Item-action--remove");
  await expect.poll(() => eventsOf(page), { timeout: 60_000 }).toContain("complete 1 0");
  expectObject(routed, "b.png", LARGE);
  expect(routed.bucket.talk).toContain("abort");
  expect([...routed.bucket.objects.keys()]).toEqual(["/bucket/b.png"]);
  await expectNoFaults(page);
});

const RETRIES = [
  {
    what: "an answer that makes no sense goes on from the parts that the bucket has",
    answer: () => xml("<Error><Code>InternalError</Code></Error>"),
    failure: expect.stringMatching(/^error a.png .*InternalError/),
    parts: 3,
  },
  {
    what: "a refusal begins anew",
    answer: () => error(403, "AccessDenied"),
    failure: "error a.png The server's response has the status 403.",
    parts: 6,
  },
];

for (const { what, answer, failure, parts } of RETRIES)
  test(`a retry after ${what}`, async ({ browserApp, site }) => {
    const routed = routeBucket(site);
    const { bucket } = routed;
    bucket.fault = (name, number) => (name === "complete" && number === 1 ? answer() : undefined);
    const page = await openWithBucket(browserApp, site.origin, `${site.crossOrigin}/bucket`);
    await page.evaluate((large) => uppyApp.add({ "a.png": large }), LARGE);
    await expect.poll(() => eventsOf(page)).toEqual(["start a.png", failure, "complete 0 1"]);
    await press(page, ".uppy-Dashboard-Item-progressIndicator");
    await expect.poll(() => eventsOf(page)).toContain("success a.png 200 undefined");
    expectObject(routed, "a.png", LARGE);
    expect(bucket.talk.filter((name) => name.startsWith("part"))).toHaveLength(parts);
    await expectNoFaults(page);
  });
