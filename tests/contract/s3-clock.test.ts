import { describe, expect, it } from "vitest";
import { signWithCredentials } from "../../src/sw/uploads/s3/credentials/index.ts";
import { s3Steps } from "../../src/sw/uploads/s3/s3-steps.ts";
import { uploadProtocol } from "../../src/sw/uploads/steps/index.ts";
import { useDatabases } from "../support/fake-database.ts";
import { presignOfDocs } from "../support/presign-of-docs.ts";
import { S3Bucket } from "../support/servers/s3-bucket.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { isSignedBy } from "../support/signed-by.ts";
import { uploadBench } from "../support/upload-bench.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

const PART = 1024 * 1024;
const SIZE = 2.5 * PART;
const HOUR_MS = 3_600_000;
const ORIGIN = "https://bucket.test";
const KEY = { id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG", region: "us-east-1" };

const presign = await presignOfDocs();

describe("an upload that is signed in the worker, by a clock that is not the bucket's", () => {
  const newDatabase = useDatabases();

  /** One worker that sends uploads to a bucket. */
  function world(aheadMs: number, timeIn: "body" | "header" | "nothing" = "body") {
    const clock = { aheadMs, now: () => Date.now() + clock.aheadMs };
    const isSigned = (request: Request) => isSignedBy(presign, KEY, ORIGIN, request);
    const bucket = new S3Bucket({ leastPartBytes: PART, now: clock.now, timeIn, isSigned });
    const counts = { asked: 0, refused: 0 };
    const credentials = () => {
      counts.asked += 1;
      const expiration = clock.now() + HOUR_MS;
      return { accessKeyId: KEY.id, secretAccessKey: KEY.secret, expiration };
    };
    const sign = signWithCredentials({ region: KEY.region, credentials });
    const protocol = uploadProtocol(s3Steps(sign, PART));
    const handle = async (request: Request) => {
      const answer = await bucket.handle(request);
      if (answer.status === 403) counts.refused += 1;
      return answer;
    };
    const upload = (name: string) =>
      uploadBench(newDatabase(), protocol, handle, {
        sizeBytes: SIZE,
        connections: 3,
        row: { url: `${ORIGIN}/${name}` },
        configuration: { retry: { limit: 2, unsafe: true } },
      });
    const hasWhole = (name: string) => bucket.objects.get(`/${name}`)?.sha256 === sha256Of(uploadBytes(SIZE));
    return { clock, counts, bucket, upload, hasWhole };
  }

  for (const timeIn of ["body", "header"] as const) {
    it.each([
      ["an hour behind", HOUR_MS],
      ["an hour ahead", -HOUR_MS],
      ["three days behind", 72 * HOUR_MS],
      ["three days ahead", -72 * HOUR_MS],
    ])(`%s: the first refusal, with the time in its ${timeIn}, sets it right`, async (_, aheadMs) => {
      const { counts, upload, hasWhole } = world(aheadMs, timeIn);
      expect(await (await upload("1")).finish()).toMatchObject([{ kind: "finished" }]);
      expect(hasWhole("1")).toBe(true);
      // The first request, and the same one again, which may have been refused because of the credentials.
      expect(counts).toEqual({ asked: 2, refused: 1 });
      expect(await (await upload("2")).finish()).toMatchObject([{ kind: "finished" }]);
      expect(counts).toEqual({ asked: 2, refused: 1 });
    });
  }

  it("a clock that is set during an upload is corrected again, also while parts are under way", async () => {
    const { clock, bucket, upload, hasWhole } = world(HOUR_MS);
    const { finish } = await upload("1");
    bucket.fault = (name) => {
      if (name === "create") clock.aheadMs = 0;
      return undefined;
    };
    expect(await finish()).toMatchObject([{ kind: "finished" }]);
    expect(hasWhole("1")).toBe(true);
  });

  it("a refusal that does not say the time has an end, whose message asks about the clock", async () => {
    for (const aheadMs of [HOUR_MS, -HOUR_MS]) {
      const { upload, bucket } = world(aheadMs, "nothing");
      const { finish, row } = await upload("1");
      expect((await finish()).map(({ kind }) => kind)).toEqual(["unusable", "unusable", "unusable"]);
      expect((await row()).failure).toMatchObject({
        code: "bad-response",
        message: expect.stringContaining("clock of this device"),
      });
      expect(bucket.talk).toEqual([]);
    }
  });

  it("the time in an answer that is no refusal changes nothing", async () => {
    const { bucket, upload, counts, hasWhole } = world(0);
    const date = new Date(Date.now() + HOUR_MS).toUTCString();
    bucket.fault = (name, number) =>
      name === "part 1" && number === 1 ? new Response("<p>Log in", { headers: { date } }) : undefined;
    expect((await (await upload("1")).finish()).at(-1)).toMatchObject({ kind: "finished" });
    expect([hasWhole("1"), counts.refused]).toEqual([true, 0]);
  });
});
