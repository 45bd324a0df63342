import type { TestServer } from "../../server/server.ts";
import { expect, test } from "../support/fixtures.ts";
import { activityOf, liveTask } from "../support/live-task.ts";
import { openWithBucket } from "../support/open-with-bucket.ts";
import { presignOfDocs } from "../support/presign-of-docs.ts";
import { type RoutedBucket, routeBucket } from "../support/servers/route-bucket.ts";
import { error, xml } from "../support/servers/s3-answers.ts";
import type { BucketHabits } from "../support/servers/s3-bucket.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { isSignedBy } from "../support/signed-by.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf, expectFailure } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { uploadBytes } from "../support/upload-bytes.ts";
import { acknowledgedBytes } from "../support/upload-progress.ts";

const MIB = 1024 * 1024;
const PART = 5 * MIB;
/** Three parts, the last one smaller. */
const SIZE = 12 * MIB;

type UploadSetting = NonNullable<Parameters<typeof startUpload>[4]>;

async function upload(page: TestPage, site: TestServer, options: UploadSetting = {}, sizeBytes = SIZE) {
  await openWithBucket(page);
  const url = `${site.crossOrigin}/bucket/photo`;
  await startUpload(page, "photo", url, sizeBytes, { protocol: "s3", ...options });
}

function expectWhole({ bucket }: RoutedBucket, sizeBytes = SIZE): void {
  const object = bucket.objects.get("/bucket/photo");
  expect([object?.sizeBytes, object?.sha256]).toEqual([sizeBytes, sha256Of(uploadBytes(sizeBytes))]);
}

test("an upload to a bucket of another origin arrives in parts, and its progress is what the bucket has", {
  tag: "@core",
}, async ({ page, site }) => {
  const routed = routeBucket(site);
  routed.bytesPerSecond = 10 * MIB;
  await upload(page, site);
  expect(await acknowledgedBytes(page, "photo", 0)).toBe(PART);
  expect((await liveTask(page, "photo"))?.countOfBytesExpectedToSend).toBe(SIZE);
  expect(await endOf(page, "photo", 60_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
  expectWhole(routed);
  expect(routed.bucket.talk).toEqual(["create", "part 1", "part 2", "part 3", "complete"]);
  expect(await page.evaluate(() => app.rows("bodies"))).toEqual([]);
});

test("parts are sent at the same time over the connections of the task", async ({ page, site }) => {
  const routed = routeBucket(site);
  routed.bytesPerSecond = 4 * MIB;
  await upload(page, site, { connections: 3 });
  await endOf(page, "photo", 60_000);
  expectWhole(routed);
  expect(routed.mostAtOnce).toBe(3);
});

test("a body that is no larger than a part goes in one PUT", async ({ page, site }) => {
  const routed = routeBucket(site);
  await upload(page, site, {}, MIB);
  await endOf(page, "photo");
  expectWhole(routed, MIB);
  expect(routed.bucket.talk).toEqual(["put"]);
});

test("an upload goes on in the worker after a reload, and the next page gets the bucket's answer", async ({
  page,
  site,
}) => {
  const routed = routeBucket(site);
  routed.bytesPerSecond = 6 * MIB;
  await upload(page, site);
  await acknowledgedBytes(page, "photo", 0);
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  await openWithBucket(page);
  const [end] = await endOf(page, "photo", 60_000);
  expect(end).toMatchObject({ type: "didComplete", status: 200 });
  expect(end?.text).toContain("<CompleteMultipartUploadResult>");
  expectWhole(routed);
});

/** Opens a worker that signs for a bucket with a clock of its own. @returns how often it asked for credentials */
async function openSigner(
  page: TestPage,
  site: TestServer,
  { bucket }: RoutedBucket,
  now: () => number = Date.now,
  habits: BucketHabits = {},
) {
  const presign = await presignOfDocs();
  const key = { id: "ASIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG", region: "us-east-1" };
  let asked = 0;
  site.route("/credentials", (_, response) => {
    asked += 1;
    const expiration = new Date(now() + 3_600_000).toISOString();
    response.end(
      JSON.stringify({ accessKeyId: key.id, secretAccessKey: key.secret, sessionToken: "a+b", expiration }),
    );
  });
  bucket.habits = {
    ...habits,
    now,
    isSigned: (request) => isSignedBy(presign, key, site.crossOrigin, request, "a+b"),
  };
  await openWithBucket(page, "/s3-credentials-worker.js");
  return () => asked;
}

test("the worker signs by itself, with credentials that it asks for once", async ({ page, site }) => {
  const routed = routeBucket(site);
  const asked = await openSigner(page, site, routed);
  const url = `${site.crossOrigin}/bucket/photo`;
  await startUpload(page, "photo", url, SIZE, { protocol: "s3", connections: 3 });
  expect(await endOf(page, "photo", 60_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
  expectWhole(routed);
  expect(asked()).toBe(1);
});

for (const [clock, aheadMs, habits] of [
  ["an hour behind, by the body of a refusal", 3_600_000, {}],
  ["an hour ahead, by Date", -3_600_000, { timeIn: "header", exposed: "ETag, Date" }],
] as const) {
  test(`a worker that signs by itself learns from the bucket that its clock is ${clock}`, async ({
    page,
    site,
  }) => {
    const routed = routeBucket(site);
    const asked = await openSigner(page, site, routed, () => Date.now() + aheadMs, habits);
    const url = `${site.crossOrigin}/bucket/photo`;
    await startUpload(page, "photo", url, SIZE, { protocol: "s3", connections: 3 });
    expect(await endOf(page, "photo", 60_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
    expectWhole(routed);
    // The first request was refused, and signed anew: also with new credentials, which might have been the reason.
    const creations = site.requests(({ url }) => url.includes("uploads="));
    expect(creations.filter(({ method }) => method === "POST")).toHaveLength(2);
    expect(asked()).toBe(2);
  });
}

test("an upload that is cancelled is aborted in the bucket", async ({ page, site }) => {
  const routed = routeBucket(site);
  routed.bytesPerSecond = 4 * MIB;
  await upload(page, site);
  await acknowledgedBytes(page, "photo", 0);
  expect(routed.bucket.uploads.size).toBe(1);
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("photo")?.cancel());
  await expect.poll(() => routed.bucket.uploads.size).toBe(0);
  expect(await page.evaluate(() => app.rows("bodies"))).toEqual([]);
});

const FAULTS: Readonly<Record<string, (routed: RoutedBucket) => void>> = {
  "the bucket is busy": ({ bucket }) => {
    bucket.fault = (name, number) => (name === "part 2" && number === 1 ? error(503, "SlowDown") : undefined);
  },
  "a signature has expired on the way, and the bucket says so without CORS headers": (routed) => {
    routed.validForMs = (name, number) => (name === "uploadPart 2" && number === 1 ? -1000 : undefined);
  },
  "Complete is answered by 200 with an error in it": ({ bucket }) => {
    bucket.fault = (name, number) =>
      name === "complete" && number === 1 ? xml("<Error><Code>InternalError</Code></Error>") : undefined;
  },
  "the answer to Complete is lost": (routed) => {
    routed.losesAnswer = (name, number) => name === "complete" && number === 1;
  },
  "the answer to Complete is lost, and the bucket has forgotten the upload": (routed) => {
    routed.bucket.habits = { forgetsCompleted: true };
    routed.losesAnswer = (name, number) => name === "complete" && number === 1;
  },
  "the bucket has lost a part": ({ bucket }) => {
    bucket.fault = (name, number) => {
      if (name === "complete" && number === 1)
        for (const { parts } of bucket.uploads.values()) parts.delete(1);
      return undefined;
    };
  },
  "the bucket has lost the upload": ({ bucket }) => {
    bucket.fault = (name, number) => {
      if (name === "part 3" && number === 1) bucket.uploads.clear();
      return undefined;
    };
  },
  "the connection breaks after each part": (routed) => {
    routed.losesAnswer = (name, number) => name.startsWith("part") && number === 1;
  },
};

for (const [fault, arrange] of Object.entries(FAULTS)) {
  test(`one whole object is made although ${fault}`, async ({ page, site }) => {
    const routed = routeBucket(site);
    arrange(routed);
    await upload(page, site);
    expect(await endOf(page, "photo", 90_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
    expectWhole(routed);
    const onDisk = JSON.stringify(await page.evaluate(() => app.rows("tasks")));
    expect(onDisk).not.toContain("signature");
  });
}

test("a bucket that does not expose the ETag ends the task", async ({ page, site }) => {
  const routed = routeBucket(site);
  routed.bucket.habits = { exposed: "" };
  await upload(page, site);
  await expectFailure(page, "photo", "bad-response", 60_000);
});

test("an upload waits for the network while the app's server cannot be reached", async ({ page, site }) => {
  const routed = routeBucket(site);
  site.route("/sign", (request) => void request.socket.destroy());
  await upload(page, site);
  await activityOf(page, "photo", "waiting-for-network");
  const again = routeBucket(site);
  expect(await endOf(page, "photo", 60_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
  expectWhole(again);
  expect(routed.bucket.talk).toEqual([]);
});

test("an upload waits while the app's server cannot sign", async ({ page, site }) => {
  const routed = routeBucket(site);
  site.route("/sign", (_, response) => void response.writeHead(500).end("no"));
  await upload(page, site);
  await activityOf(page, "photo", "needs-authorization");
  const again = routeBucket(site);
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("photo")?.resume());
  expect(await endOf(page, "photo", 60_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
  expectWhole(again);
  expect(routed.bucket.talk).toEqual([]);
});
