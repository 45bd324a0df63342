import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signWithCredentials } from "../../src/sw/uploads/s3/credentials/index.ts";
import type { S3Operation, S3Sign } from "../../src/sw/uploads/s3/s3-operation.ts";
import { queryOf } from "../../src/sw/uploads/s3/s3-query.ts";
import { s3Steps } from "../../src/sw/uploads/s3/s3-steps.ts";
import { uploadProtocol } from "../../src/sw/uploads/steps/index.ts";
import { useDatabases } from "../support/fake-database.ts";
import { type Presign, presignOfDocs } from "../support/presign-of-docs.ts";
import { hasSwift, SWIFT_KEY, type Swift, startSwift } from "../support/servers/swift.ts";
import { type UploadBench, uploadBench } from "../support/upload-bench.ts";
import { uploadBytes } from "../support/upload-bytes.ts";
import type { Fault } from "../support/upload-line.ts";

const MIB = 1024 * 1024;
/** Three parts of 1 MiB, which this Swift allows, the last one smaller. */
const SIZE = 2.5 * MIB;
const IS_THERE = hasSwift();

if (!IS_THERE && process.env.CI) throw new Error("OpenStack Swift (python3-swift) is not installed.");
if (!IS_THERE) console.warn("OpenStack Swift (python3-swift) is not installed: its tests are skipped.");

describe.skipIf(!IS_THERE)("s3, on OpenStack Swift with the signatures of docs/s3.md", () => {
  const newDatabase = useDatabases();
  let swift: Swift;
  let presign: Presign;
  let count = 0;

  beforeAll(async () => {
    presign = await presignOfDocs();
    swift = await startSwift();
    const made = await fetch(presign(SWIFT_KEY, "PUT", new URL(`${swift.origin}/photos`)), { method: "PUT" });
    expect(made.status).toBe(200);
  }, 120_000);

  afterAll(() => swift?.close());

  async function bench(
    setting: {
      connections?: number;
      signedAt?: (operation: S3Operation) => Date | undefined;
      sign?: S3Sign;
      name?: string;
    } = {},
  ) {
    count += 1;
    const url = `${swift.origin}/photos/${setting.name ?? `${count}.jpg`}`;
    const presigned = (operation: S3Operation) => {
      const now = setting.signedAt?.(operation) ?? new Date();
      const target = new URL(url);
      target.search = new URLSearchParams(queryOf(operation)).toString();
      const headers = "headers" in operation ? operation.headers : {};
      return { url: presign(SWIFT_KEY, operation.method, target, headers, 60, now), headers };
    };
    const protocol = uploadProtocol(s3Steps(setting.sign ?? presigned, MIB));
    const { connections } = setting;
    const options = { sizeBytes: SIZE, row: { url }, ...(connections && { connections }) };
    const it = await uploadBench(newDatabase(), protocol, (request) => fetch(request), options);
    return { ...it, url, protocol };
  }

  async function expectWhole({ url }: { url: string }): Promise<void> {
    const answer = await fetch(presign(SWIFT_KEY, "GET", new URL(url)));
    const sha256 = createHash("sha256").update(Buffer.from(await answer.arrayBuffer()));
    expect(sha256.digest("hex")).toBe(createHash("sha256").update(uploadBytes(SIZE)).digest("hex"));
  }

  /** The nth request of this method, with this word in its query, meets a fault. */
  function faultAt({ line }: UploadBench, method: string, word: string, fault: Fault): void {
    let isOver = false;
    line.faultAt = (request) => {
      if (isOver || request.method !== method || !new URL(request.url).search.includes(word))
        return undefined;
      isOver = true;
      return fault;
    };
  }

  it("an upload in parallel parts is one object, byte for byte", async () => {
    const upload = await bench({ connections: 2 });
    expect(await upload.finish()).toMatchObject([{ kind: "finished", response: { status: 200 } }]);
    await expectWhole(upload);
  });

  it("an upload that breaks off sends only the parts that Swift does not list", async () => {
    const upload = await bench();
    faultAt(upload, "PUT", "partNumber=2", { kind: "down" });
    expect((await upload.finish()).map(({ kind }) => kind)).toEqual(["interrupted", "finished"]);
    await expectWhole(upload);
    const sent = upload.line.requests.map(({ url }) => new URL(url).searchParams.get("partNumber"));
    expect(sent.filter((part) => part !== null)).toEqual(["1", "2", "2", "3"]);
  });

  it("a lost answer to Complete is settled by another Complete", async () => {
    const upload = await bench();
    faultAt(upload, "POST", "uploadId", { kind: "answer-lost" });
    expect((await upload.finish()).at(-1)).toMatchObject({ kind: "finished", response: { status: 200 } });
    await expectWhole(upload);
  });

  it("a signature that has expired is made anew", async () => {
    let isOver = false;
    const upload = await bench({
      signedAt(operation) {
        if (isOver || operation.kind !== "uploadPart" || operation.partNumber !== 2) return undefined;
        isOver = true;
        return new Date(Date.now() - 3_600_000);
      },
    });
    expect((await upload.finish()).at(-1)).toMatchObject({ kind: "finished", response: { status: 200 } });
    await expectWhole(upload);
    expect(isOver).toBe(true);
  });

  it.each(["own credentials.jpg", "a+b (1)/ä~'!*.jpg", "100%25.jpg"])(
    "an upload that is signed in the worker breaks off, and goes on: %s",
    async (name) => {
      const credentials = () => ({ accessKeyId: SWIFT_KEY.id, secretAccessKey: SWIFT_KEY.secret });
      const upload = await bench({
        sign: signWithCredentials({ credentials, region: SWIFT_KEY.region }),
        name,
      });
      faultAt(upload, "PUT", "partNumber=2", { kind: "down" });
      expect((await upload.finish()).map(({ kind }) => kind)).toEqual(["interrupted", "finished"]);
      await expectWhole(upload);
      const sent = upload.line.requests.map(({ url }) => new URL(url).searchParams.get("partNumber"));
      expect(sent.filter((part) => part !== null)).toEqual(["1", "2", "2", "3"]);
    },
  );

  it("a cancelled upload is aborted, and a part of it begins an upload anew", async () => {
    const upload = await bench();
    faultAt(upload, "PUT", "partNumber=3", { kind: "down" });
    await upload.attempt();
    await upload.protocol.discard(await upload.run());
    expect((await upload.finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
    await expectWhole(upload);
  });
});
