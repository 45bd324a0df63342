import { expect, test } from "../support/fixtures.ts";
import { killDuringS3Upload } from "../support/kill-during-s3-upload.ts";
import { openWithBucket } from "../support/open-with-bucket.ts";
import { routeStore } from "../support/servers/route-store.ts";
import { CEPH, type S3Store } from "../support/servers/s3-stores.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf } from "../support/task-end.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

const MIB = 1024 * 1024;

test.skip(process.env.CEPH === undefined, "`npm run test:ceph` runs it");

let store: S3Store;
test.beforeAll(async () => {
  test.setTimeout(120_000);
  store = await CEPH.start();
});
test.afterAll(() => store?.close());

test("a signature that has expired is made anew, although Ceph says so without CORS headers", async ({
  page,
  site,
}) => {
  const routed = await routeStore(site, store, CEPH.key);
  let signatures = 0;
  routed.signedAt = (name, number) => {
    if (name !== "uploadPart 2") return undefined;
    signatures = number;
    return number === 1 ? new Date(Date.now() - 3_600_000) : undefined;
  };
  await openWithBucket(page);
  await startUpload(page, "photo", `${site.crossOrigin}/bucket/photo`, 12 * MIB, { protocol: "s3" });
  expect(await endOf(page, "photo", 90_000)).toMatchObject([{ type: "didComplete", status: 200 }]);
  const sha256 = sha256Of(uploadBytes(12 * MIB));
  expect(await routed.object("/bucket/photo")).toEqual({ sizeBytes: 12 * MIB, sha256 });
  expect(signatures).toBe(2);
});

test("twenty kills during one upload of 512 MiB, of the worker and of the browser in turn, leave one whole object", async ({
  browserApp,
  page,
  site,
}) => {
  test.slow();
  const setting = { sizeBytes: 512 * MIB, bytesPerSecond: 64 * MIB };
  await killDuringS3Upload({ browserApp, page, site }, await routeStore(site, store, CEPH.key), setting);
});
