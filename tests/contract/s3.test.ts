import { describe, expect, it, vi } from "vitest";
import { s3 } from "../../src/sw/uploads/s3/index.ts";
import type { S3Operation } from "../../src/sw/uploads/s3/s3-operation.ts";
import { s3Steps } from "../../src/sw/uploads/s3/s3-steps.ts";
import { uploadProtocol } from "../../src/sw/uploads/steps/index.ts";
import { bucketServer, itKeepsTheContract } from "../support/contract-servers.ts";
import { useDatabases } from "../support/fake-database.ts";
import { error, xml } from "../support/servers/s3-answers.ts";
import { type BucketHabits, S3Bucket } from "../support/servers/s3-bucket.ts";
import { signForBucket } from "../support/servers/sign-for-bucket.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { requestRecord } from "../support/task-row.ts";
import { type BenchSetting, uploadBench } from "../support/upload-bench.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

const MIB = 1024 * 1024;
/** Smaller than S3 allows, so that the tests are quick; the bucket here allows it too. */
const PART = MIB;
/** Three parts, the last one smaller. */
const SIZE = 2.5 * MIB;
const URL_OF_OBJECT = "https://bucket.test/photos/1.jpg";

let current: S3Bucket;
itKeepsTheContract({
  protocol: uploadProtocol(s3Steps((operation) => signForBucket(current, operation, URL_OF_OBJECT), PART)),
  server() {
    current = new S3Bucket({ leastPartBytes: PART });
    return bucketServer(current);
  },
  url: URL_OF_OBJECT,
  sizeBytes: SIZE,
});

describe("s3", () => {
  const newDatabase = useDatabases();

  async function bench(
    setting: BenchSetting & { habits?: BucketHabits; sign?: (operation: S3Operation) => void } = {},
  ) {
    const bucket = new S3Bucket({ leastPartBytes: PART, ...setting.habits });
    const operations: S3Operation[] = [];
    const sign = (operation: S3Operation) => {
      operations.push(operation);
      setting.sign?.(operation);
      return signForBucket(bucket, operation, URL_OF_OBJECT);
    };
    const protocol = uploadProtocol(s3Steps(sign, PART));
    const { row = {}, ...rest } = setting;
    const options = { sizeBytes: SIZE, row: { url: URL_OF_OBJECT, ...row }, ...rest };
    return {
      bucket,
      operations,
      protocol,
      ...(await uploadBench(newDatabase(), protocol, bucket.handle, options)),
    };
  }

  function expectWhole(bucket: S3Bucket, sizeBytes = SIZE): void {
    const object = bucket.objects.get("/photos/1.jpg");
    expect(object).toMatchObject({ sizeBytes, sha256: sha256Of(uploadBytes(sizeBytes)) });
  }

  it("sends a body in equal parts, completes it with the ETags, and is finished with the bucket's answer", async () => {
    const { bucket, finish, row, reports } = await bench({ habits: { wantsEqualParts: true } });
    expect(await finish()).toMatchObject([{ kind: "finished", response: { status: 200 } }]);
    expectWhole(bucket);
    expect(bucket.talk).toEqual(["create", "part 1", "part 2", "part 3", "complete"]);
    expect(bucket.requests.map(({ sizeBytes }) => sizeBytes).slice(1, 4)).toEqual([
      PART,
      PART,
      SIZE - 2 * PART,
    ]);
    expect(await row()).toMatchObject({ state: "completed", upload: { bytesAcknowledged: SIZE } });
    const counts = reports.flatMap(({ bytesSent }) => (bytesSent === undefined ? [] : [bytesSent]));
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });

  it("sends a body that is no larger than a part in one PUT, also an empty one", async () => {
    for (const sizeBytes of [PART, 0]) {
      const { bucket, finish } = await bench({ sizeBytes });
      expect(await finish()).toMatchObject([{ kind: "finished" }]);
      expectWhole(bucket, sizeBytes);
      expect(bucket.talk).toEqual(["put"]);
    }
  });

  it("sends as many parts at once as it has connections, and gives up those that it no longer needs", async () => {
    const { bucket, line, finish, kept } = await bench({ connections: 2 });
    let underWay = 0;
    const counts: number[] = [];
    const { fetch } = line;
    const counting = async (request: Request) => {
      underWay += 1;
      counts.push(underWay);
      return fetch(request).finally(() => {
        underWay -= 1;
      });
    };
    Object.assign(line, { fetch: counting });
    await finish();
    expectWhole(bucket);
    expect(Math.max(...counts)).toBe(2);
    expect(counts.at(-1)).toBe(1);
    expect(kept.at(-1)).toBe(1);
  });

  it("asks the bucket after a break which parts it has, and sends only the others", async () => {
    const { bucket, line, finish, resumedAt } = await bench();
    bucket.fault = (name, number) => (name === "part 3" && number === 1 ? error(503, "SlowDown") : undefined);
    line.faultAt = ({ method }, number) => (method === "PUT" && number === 3 ? { kind: "down" } : undefined);
    expect((await finish()).map(({ kind }) => kind)).toEqual(["interrupted", "refused", "finished"]);
    expectWhole(bucket);
    expect(bucket.talk.filter((word) => word === "list")).toHaveLength(2);
    expect(bucket.talk.filter((word) => word === "part 1")).toHaveLength(1);
    expect(resumedAt).toEqual([PART, 2 * PART]);
  });

  it("reads a list of parts that comes in pages", async () => {
    const { bucket, finish } = await bench({ habits: { pageSize: 1 } });
    bucket.fault = (name, number) =>
      name === "part 3" && number === 1 ? error(500, "InternalError") : undefined;
    await finish();
    expectWhole(bucket);
    expect(bucket.talk.filter((word) => /list|part/.test(word))).toEqual([
      ...["part 1", "part 2", "part 3"],
      ...["list", "list", "part 3"],
    ]);
  });

  it("sends a part again if the bucket has another size of it", async () => {
    const { bucket, finish, attempt } = await bench();
    bucket.fault = (name, number) => (name === "part 2" && number === 1 ? error(503, "SlowDown") : undefined);
    await attempt();
    const [upload] = bucket.uploads.values();
    upload?.parts.set(1, { etag: '"1"', bytes: Buffer.alloc(PART - 1) });
    await finish();
    expectWhole(bucket);
  });

  it("begins anew if the bucket no longer knows the upload", async () => {
    const { bucket, finish, attempt } = await bench();
    bucket.fault = (name, number) => (name === "part 2" && number === 1 ? error(503, "SlowDown") : undefined);
    await attempt();
    bucket.uploads.clear();
    expect((await finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
    expectWhole(bucket);
  });

  it("signs again at once if a signature has expired, and waits if that does not help", async () => {
    const expired = () => error(403, "AccessDenied", "Request has expired");
    const first = await bench();
    first.bucket.fault = (name, number) => (name === "part 1" && number === 1 ? expired() : undefined);
    expect(await first.finish()).toMatchObject([{ kind: "finished" }]);
    expectWhole(first.bucket);
    const next = await bench({ configuration: { retry: { limit: 2, unsafe: true } } });
    next.bucket.fault = (name) => (name === "part 1" ? error(403, "RequestTimeTooSkewed") : undefined);
    expect((await next.finish()).map(({ kind }) => kind)).toEqual(["unusable", "unusable", "unusable"]);
    expect((await next.row()).failure).toMatchObject({
      code: "bad-response",
      message: expect.stringContaining("RequestTimeTooSkewed"),
    });
  });

  it("a request is signed right before it is sent, and again for each try", async () => {
    const { bucket, operations, finish } = await bench();
    bucket.fault = (name, number) =>
      name === "complete" && number === 1 ? error(503, "SlowDown") : undefined;
    await finish();
    expect(operations).toHaveLength(bucket.talk.length);
  });

  it("the answer 403 to a part is the task's answer if another signature does not help", async () => {
    const { bucket, finish } = await bench();
    bucket.fault = (name) => (name === "part 2" ? error(403, "AccessDenied", "No.") : undefined);
    expect(await finish()).toMatchObject([{ kind: "finished", response: { status: 403 } }]);
  });

  it("an answer 200 to Complete with an error in it is not believed", async () => {
    for (const answer of [xml("<Error><Code>InternalError</Code></Error>"), new Response("")]) {
      const { bucket, finish } = await bench();
      bucket.fault = (name, number) => (name === "complete" && number === 1 ? answer : undefined);
      expect((await finish()).map(({ kind }) => kind)).toEqual(["unusable", "finished"]);
      expectWhole(bucket);
    }
  });

  it("sends Complete again if its answer was lost", async () => {
    const { bucket, line, finish } = await bench();
    let lost = 0;
    line.faultAt = ({ method, url }) =>
      method === "POST" && url.includes("uploadId") && lost++ === 0 ? { kind: "answer-lost" } : undefined;
    expect((await finish()).map(({ kind }) => kind)).toEqual(["interrupted", "finished"]);
    expectWhole(bucket);
    expect(bucket.talk.slice(-2)).toEqual(["complete", "complete"]);
  });

  it("asks whether the object is its own if the bucket has forgotten the upload that it completed", async () => {
    const { bucket, line, finish } = await bench({ habits: { forgetsCompleted: true } });
    let lost = 0;
    line.faultAt = ({ method, url }) =>
      method === "POST" && url.includes("uploadId") && lost++ === 0 ? { kind: "answer-lost" } : undefined;
    expect((await finish()).at(-1)).toMatchObject({ kind: "finished", response: { status: 200 } });
    expectWhole(bucket);
    expect(bucket.talk.slice(-3)).toEqual(["complete", "complete", "head"]);
  });

  it("takes no other object for its own", async () => {
    const { bucket, line, finish } = await bench({ habits: { forgetsCompleted: true } });
    let lost = 0;
    line.faultAt = ({ method, url }) => {
      if (method !== "POST" || !url.includes("uploadId") || lost++ > 0) return undefined;
      bucket.uploads.clear();
      const headers = new Headers({ "x-amz-meta-upload-token": "another" });
      const other = { pieces: [], sha256: "", sizeBytes: SIZE, etag: '"1"', headers };
      bucket.objects.set("/photos/1.jpg", other);
      return { kind: "down" };
    };
    expect((await finish()).map(({ kind }) => kind)).toEqual(["interrupted", "restart", "finished"]);
    expectWhole(bucket);
  });

  it("says what must be signed and exposed if the object shows no token", async () => {
    const { bucket, line, finish, row } = await bench({ habits: { forgetsCompleted: true } });
    let lost = 0;
    line.faultAt = ({ method, url }) =>
      method === "POST" && url.includes("uploadId") && lost++ === 0 ? { kind: "answer-lost" } : undefined;
    bucket.fault = (name) =>
      name === "head" ? new Response(null, { headers: { "content-length": String(SIZE) } }) : undefined;
    await finish();
    expect((await row()).failure?.message).toContain("ExposeHeaders");
  });

  it("names the permission without which a bucket does not say that an object is missing", async () => {
    const { bucket, finish, row } = await bench({ habits: { forgetsCompleted: true } });
    bucket.fault = (name, number) => {
      if (name === "complete" && number === 1) return { after: error(500, "InternalError") };
      return name === "head" ? new Response(null, { status: 403 }) : undefined;
    };
    await finish();
    expect((await row()).failure?.message).toContain("s3:ListBucket");
  });

  it("asks for the parts after a server error to Complete: the upload may be gone", async () => {
    const { bucket, finish, attempt } = await bench();
    bucket.fault = (name, number) =>
      name === "complete" && number === 1 ? error(500, "InternalError") : undefined;
    await attempt();
    bucket.uploads.clear();
    bucket.fault = () => undefined;
    expect((await finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
    expectWhole(bucket);
  });

  it("sends what is missing if Complete is refused because of a part, once", async () => {
    const { bucket, finish } = await bench();
    bucket.fault = (name, number) => {
      if (name !== "complete" || number > 1) return undefined;
      for (const upload of bucket.uploads.values()) upload.parts.delete(2);
      return undefined;
    };
    expect(await finish()).toMatchObject([{ kind: "finished", response: { status: 200 } }]);
    expectWhole(bucket);
    const refused = await bench();
    refused.bucket.fault = (name) => (name === "complete" ? error(400, "InvalidPart") : undefined);
    expect(await refused.finish()).toMatchObject([{ kind: "finished", response: { status: 400 } }]);
  });

  it("goes on with the same upload if a part is refused that is sent again after Complete", async () => {
    const { bucket, finish } = await bench();
    bucket.fault = (name, number) => {
      if (name === "complete" && number === 1)
        for (const { parts } of bucket.uploads.values()) parts.delete(2);
      return name === "part 2" && number === 2 ? error(503, "SlowDown") : undefined;
    };
    expect((await finish()).map(({ kind }) => kind)).toEqual(["refused", "finished"]);
    expectWhole(bucket);
    expect(bucket.talk.filter((word) => word === "create")).toHaveLength(1);
  });

  it("shows what the bucket had before, until the bucket says what it has now", async () => {
    const { bucket, attempt, finish, reports, row } = await bench({ habits: { pageSize: 1 } });
    bucket.fault = (name, number) => (name === "part 3" && number === 1 ? error(503, "SlowDown") : undefined);
    await attempt();
    reports.length = 0;
    bucket.fault = (name, number) =>
      name === "complete" && number === 1 ? error(503, "SlowDown") : undefined;
    await attempt();
    const counts = reports.flatMap(({ bytesSent }) => (bytesSent === undefined ? [] : [bytesSent]));
    expect(Math.min(...counts)).toBe(2 * PART);
    expect((await row()).upload?.bytesAcknowledged).toBe(SIZE);
    for (const { parts } of bucket.uploads.values()) parts.delete(1);
    bucket.fault = (name) => (name === "part 1" ? error(503, "SlowDown") : undefined);
    await attempt();
    expect((await row()).upload?.bytesAcknowledged).toBe(SIZE - PART);
    bucket.fault = () => undefined;
    await finish();
    expectWhole(bucket);
  });

  it("counts for its speed only what it sends, and once", async () => {
    const { bucket, run, protocol, row, finish } = await bench({ connections: 3 });
    const speedBytesOf = async () => {
      const attempt = await run();
      const add = vi.spyOn(attempt.progress, "add");
      await protocol.transport(attempt);
      return add.mock.calls.reduce((sum, [sizeBytes]) => sum + sizeBytes, 0);
    };
    bucket.fault = (name, number) => (name === "part 3" && number === 1 ? error(503, "SlowDown") : undefined);
    expect(await speedBytesOf()).toBe(2 * PART);
    expect((await row()).upload?.bytesAcknowledged).toBe(2 * PART);
    bucket.fault = (name, number) =>
      name === "complete" && number === 1 ? error(503, "SlowDown") : undefined;
    expect(await speedBytesOf()).toBe(SIZE - 2 * PART);
    await finish();
    expectWhole(bucket);
  });

  it("asks whether the object is its own if the upload is gone when a part is sent again after Complete", async () => {
    const { bucket, finish } = await bench();
    bucket.fault = (name, number) => {
      if (name === "complete" && number === 1) return { after: error(500, "InternalError") };
      if (name !== "list") return undefined;
      const listed = [1, 3].map(
        (part) =>
          `<Part><PartNumber>${part}</PartNumber><ETag>"1"</ETag><Size>${part === 1 ? PART : SIZE - 2 * PART}</Size></Part>`,
      );
      return xml(`<ListPartsResult>${listed.join("")}</ListPartsResult>`);
    };
    expect((await finish()).map(({ kind }) => kind)).toEqual(["refused", "finished"]);
    expectWhole(bucket);
    expect(bucket.talk.slice(-3)).toEqual(["list", "part 2", "head"]);
  });

  it("says what to expose if the ETag cannot be read", async () => {
    const { bucket, finish, row } = await bench();
    bucket.fault = (name) => (name === "part 1" ? new Response(null) : undefined);
    await finish();
    expect((await row()).failure).toMatchObject({
      code: "bad-response",
      message: expect.stringContaining("ExposeHeaders"),
    });
  });

  it("an upload whose stored state is damaged begins anew", async () => {
    const { bucket, finish } = await bench({
      row: {
        url: URL_OF_OBJECT,
        upload: {
          protocol: "s3",
          bytesAcknowledged: 0,
          sizeBytes: SIZE,
          state: { version: 2, partBytes: 7 },
        },
      },
    });
    await finish();
    expectWhole(bucket);
    expect(bucket.talk[0]).toBe("create");
  });

  it("neither signatures nor headers of the task reach the bucket or the disk", async () => {
    const request = requestRecord(URL_OF_OBJECT, "POST");
    const { bucket, line, finish, row } = await bench({
      row: { request: { ...request, headers: { authorization: "secret", "content-type": "image/jpeg" } } },
      configuration: { httpAdditionalHeaders: { "x-app": "1" } },
    });
    bucket.fault = (name, number) => (name === "part 2" && number === 1 ? error(503, "SlowDown") : undefined);
    await finish();
    expect(line.requests.some(({ headers }) => headers.has("authorization") || headers.has("x-app"))).toBe(
      false,
    );
    expect(bucket.objects.get("/photos/1.jpg")?.headers.get("content-type")).toBe("image/jpeg");
    const { upload, response } = await row();
    expect(JSON.stringify([upload, response])).not.toContain("signature");
  });

  it("waits if the app cannot sign now, without counting it", async () => {
    let tries = 0;
    const { bucket, finish } = await bench({
      sign() {
        tries += 1;
        if (tries < 3) throw new Error("offline");
      },
    });
    const outcomes = await finish();
    expect(outcomes.map(({ kind }) => kind)).toEqual(["withheld", "withheld", "finished"]);
    expectWhole(bucket);
  });

  it("waits, and says why, if sign returns no absolute URL", async () => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    for (const signed of [undefined, null, {}, { error: "who are you?" }, { url: "/object" }]) {
      const protocol = uploadProtocol(s3Steps(() => signed as never, PART));
      const { attempt } = await uploadBench(newDatabase(), protocol, async () => new Response());
      expect(await attempt()).toEqual({ kind: "withheld", asksAgain: true });
    }
    expect(new Set(reported.mock.calls.map(String))).toEqual(
      new Set(["Error: sign() must return an absolute { url }."]),
    );
    vi.unstubAllGlobals();
  });

  it("aborts a cancelled upload", async () => {
    const { bucket, attempt, run, protocol } = await bench();
    bucket.fault = (name) => (name === "part 2" ? error(503, "SlowDown") : undefined);
    await attempt();
    expect(bucket.uploads.size).toBe(1);
    await protocol.discard(await run());
    expect(bucket.uploads.size).toBe(0);
    await protocol.discard(await run());
  });

  it("refuses options that S3 does not allow", () => {
    const sign = () => ({ url: "" });
    for (const partSize of [0, 5 * MIB - 1, 5 * MIB + 0.5, 6000 * MIB, "8"])
      expect(() => s3({ sign, partSize: partSize as number })).toThrow(/5 MiB to 5 GiB/);
    expect(() => s3({} as never)).toThrow(/sign/);
  });

  it("is killed at every request, before and after the bucket has acted, and still makes one whole object", async () => {
    const { bucket, line, row, protocol, run } = await bench();
    let kills = 0;
    for (; (await row()).state === "running" && kills < 60; kills += 1) {
      const sentBefore = line.requests.length;
      const dies = new Promise<undefined>((onKill) => {
        line.faultAt = () =>
          // One more request each time that three attempts died: the last ones go through.
          line.requests.length - sentBefore === 1 + Math.floor(kills / 3)
            ? { kind: "killed", hasActed: kills % 2 === 0, onKill: () => onKill(undefined) }
            : undefined;
      });
      const outcome = await Promise.race([protocol.transport(await run()), dies]);
      if (outcome?.kind === "finished") break;
      expect(outcome).toBeUndefined();
    }
    expect(kills).toBeGreaterThan(5);
    expectWhole(bucket);
  });
});
