import type { TestServer } from "../../server/server.ts";
import { test } from "../support/fixtures.ts";
import { type KillTarget, killDuringS3Upload } from "../support/kill-during-s3-upload.ts";
import { killsIn } from "../support/kills-in.ts";
import { routeBucket } from "../support/servers/route-bucket.ts";
import { variantIf } from "../support/variants.ts";

const MIB = 1024 * 1024;

function targetAt(site: TestServer): KillTarget {
  const routed = routeBucket(site);
  const { bucket } = routed;
  return {
    get talk() {
      return bucket.talk;
    },
    set bytesPerSecond(value: number) {
      routed.bytesPerSecond = value;
    },
    object: async (path) => bucket.objects.get(path),
  };
}

test("kills during one upload to a bucket, of the worker and of the browser in turn, leave one whole object", {
  tag: "@core",
}, async ({ browserApp, engine, page, site }) => {
  test.slow();
  await killDuringS3Upload({ browserApp, page, site }, targetAt(site), {
    sizeBytes: 64 * MIB,
    bytesPerSecond: 8 * MIB,
    kills: killsIn(engine),
  });
});

test("the same with 512 MiB, and twenty kills", variantIf(true), async ({ browserApp, page, site }) => {
  test.slow();
  await killDuringS3Upload({ browserApp, page, site }, targetAt(site), {
    sizeBytes: 512 * MIB,
    bytesPerSecond: 64 * MIB,
  });
});
