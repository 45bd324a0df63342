import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { signWithCredentials } from "../../src/sw/uploads/s3/credentials/index.ts";
import type { S3Operation, S3Sign } from "../../src/sw/uploads/s3/s3-operation.ts";
import { queryOf } from "../../src/sw/uploads/s3/s3-query.ts";
import { s3Steps } from "../../src/sw/uploads/s3/s3-steps.ts";
import { uploadProtocol } from "../../src/sw/uploads/steps/index.ts";
import { useDatabases } from "../support/fake-database.ts";
import { type Presign, presignOfDocs } from "../support/presign-of-docs.ts";
import { sampleFrom } from "../support/sample-from.ts";
import type { S3Store, StoreProgram } from "../support/servers/s3-stores.ts";
import { storeHabitsOf } from "../support/servers/store-habits.ts";
import { type UploadBench, uploadBench } from "../support/upload-bench.ts";
import { uploadBytes } from "../support/upload-bytes.ts";
import type { Fault } from "../support/upload-line.ts";

const MIB = 1024 * 1024;
/** Three parts of 1 MiB, which these stores allow, the last one smaller. */
const SIZE = 2.5 * MIB;

/** Uploads to a real store with the signatures of docs/s3.md. */
export function s3StoreContract(
  { name: storeName, key, habits, start }: StoreProgram,
  isThere: boolean,
): void {
  describe.skipIf(!isThere)(`s3, on ${storeName} with the signatures of docs/s3.md`, () => {
    const newDatabase = useDatabases();
    let store: S3Store;
    let presign: Presign;
    let count = 0;

    beforeAll(async () => {
      presign = await presignOfDocs();
      store = await start();
      const made = await fetch(presign(key, "PUT", new URL(`${store.origin}/photos`)), { method: "PUT" });
      expect(made.status).toBe(200);
    }, 120_000);

    afterAll(() => store?.close());

    async function bench(
      setting: {
        connections?: number;
        signedAt?: (operation: S3Operation) => Date | undefined;
        before?: (operation: S3Operation) => Promise<void>;
        sign?: S3Sign;
        name?: string;
      } = {},
    ) {
      count += 1;
      const url = `${store.origin}/photos/${setting.name ?? `${count}.jpg`}`;
      const presigned = async (operation: S3Operation) => {
        await setting.before?.(operation);
        const now = setting.signedAt?.(operation) ?? new Date();
        const target = new URL(url);
        target.search = new URLSearchParams(queryOf(operation)).toString();
        const headers = "headers" in operation ? operation.headers : {};
        return { url: presign(key, operation.method, target, headers, 60, now), headers };
      };
      const protocol = uploadProtocol(s3Steps(setting.sign ?? presigned, MIB));
      const { connections } = setting;
      const options = { sizeBytes: SIZE, row: { url }, ...(connections && { connections }) };
      const it = await uploadBench(newDatabase(), protocol, (request) => fetch(request), options);
      return { ...it, url, protocol };
    }

    async function expectWhole({ url }: { url: string }): Promise<void> {
      const answer = await fetch(presign(key, "GET", new URL(url)));
      const sha256 = createHash("sha256").update(Buffer.from(await answer.arrayBuffer()));
      expect(sha256.digest("hex")).toBe(createHash("sha256").update(uploadBytes(SIZE)).digest("hex"));
    }

    /** As a worker signs. */
    function signedHere(): S3Sign {
      const credentials = () => ({ accessKeyId: key.id, secretAccessKey: key.secret });
      return signWithCredentials({ credentials, region: key.region });
    }

    function partsSent({ line }: UploadBench): string[] {
      const numbers = line.requests.map(({ url }) => new URL(url).searchParams.get("partNumber"));
      return numbers.filter((part) => part !== null);
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

    it("answers as its table of habits says", async () => {
      expect(await storeHabitsOf(`${store.origin}/photos`, presign, key)).toEqual(habits);
    });

    it("the signing server of docs/s3.md signs each operation as printed, and refuses another bucket", async () => {
      process.env.AWS_SECRET = key.secret;
      const { signer } = await sampleFrom<{ signer: Server }>("s3.md", "signing-server.ts", (code) =>
        code
          .replace("AKIAIOSFODNN7EXAMPLE", key.id)
          .replace("https://examplebucket.s3.amazonaws.com", `${store.origin}/photos`),
      );
      signer.listen(0, "127.0.0.1");
      await once(signer, "listening");
      const { port } = signer.address() as AddressInfo;
      const asked = (operation: S3Operation | undefined, url: string) =>
        fetch(`http://127.0.0.1:${port}`, { method: "POST", body: JSON.stringify({ operation, url }) });
      const kinds = new Set<string>();
      const name = "by the recipe.jpg";
      const sign = async (operation: S3Operation) => {
        kinds.add(operation.kind);
        return (await asked(operation, `${store.origin}/photos/${name}`)).json();
      };
      try {
        const upload = await bench({ sign, name });
        faultAt(upload, "PUT", "partNumber=2", { kind: "down" });
        expect((await upload.finish()).map(({ kind }) => kind)).toEqual(["interrupted", "finished"]);
        await expectWhole(upload);
        const cancelled = await bench({ sign, name });
        faultAt(cancelled, "PUT", "partNumber=2", { kind: "down" });
        await cancelled.attempt();
        await cancelled.protocol.discard(await cancelled.run());
        for (const operation of [
          { kind: "putObject", method: "PUT", sizeBytes: 1, headers: {} },
          { kind: "headObject", method: "HEAD" },
        ] as const) {
          const { url, headers } = await sign(operation);
          const { method } = operation;
          const answer = await fetch(url, { method, headers, ...(method === "PUT" && { body: "x" }) });
          expect(answer.status).toBe(200);
        }
        expect(kinds.size).toBe(7);
        const head = { kind: "headObject", method: "HEAD" } as const;
        expect((await asked(head, `${store.origin}/others/1.jpg`)).status).toBe(403);
        expect((await asked(undefined, upload.url)).status).toBe(400);
      } finally {
        signer.close();
      }
    });

    it("a clock that is an hour slow ends the task; where the store says why, the message asks about it", async () => {
      const upload = await bench({ signedAt: () => new Date(Date.now() - 3_600_000) });
      await upload.finish();
      const message = expect.stringContaining("is the clock of this device right?");
      expect(await upload.row()).toMatchObject(
        habits.expired ? { failure: { code: "bad-response", message } } : { response: { status: 403 } },
      );
    });

    it("an upload in parallel parts is one object, byte for byte", async () => {
      const upload = await bench({ connections: 2 });
      expect(await upload.finish()).toMatchObject([{ kind: "finished", response: { status: 200 } }]);
      await expectWhole(upload);
    });

    it("an upload that breaks off sends only the parts that the store does not list", async () => {
      const upload = await bench();
      faultAt(upload, "PUT", "partNumber=2", { kind: "down" });
      expect((await upload.finish()).map(({ kind }) => kind)).toEqual(["interrupted", "finished"]);
      await expectWhole(upload);
      expect(partsSent(upload)).toEqual(["1", "2", "2", "3"]);
    });

    it("a lost answer to Complete is settled by another Complete", async () => {
      const upload = await bench();
      faultAt(upload, "POST", "uploadId", { kind: "answer-lost" });
      expect((await upload.finish()).at(-1)).toMatchObject({ kind: "finished", response: { status: 200 } });
      await expectWhole(upload);
    });

    it("an upload that somebody aborts right before Complete begins anew", async () => {
      let isOver = false;
      const upload = await bench({
        async before({ kind, ...operation }) {
          if (isOver || kind !== "completeUpload" || !("uploadId" in operation)) return;
          isOver = true;
          const target = new URL(upload.url);
          target.searchParams.set("uploadId", operation.uploadId);
          await fetch(presign(key, "DELETE", target), { method: "DELETE" });
        },
      });
      // Ceph refuses it with 500, and says only afterwards that the upload is gone.
      expect((await upload.finish()).map(({ kind }) => kind).slice(-2)).toEqual(["restart", "finished"]);
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
        const upload = await bench({ sign: signedHere(), name });
        faultAt(upload, "PUT", "partNumber=2", { kind: "down" });
        expect((await upload.finish()).map(({ kind }) => kind)).toEqual(["interrupted", "finished"]);
        await expectWhole(upload);
        expect(partsSent(upload)).toEqual(["1", "2", "2", "3"]);
      },
    );

    it("a device whose clock is an hour slow learns the time from the refusal, if it may read it", async () => {
      const upload = await bench({ sign: signedHere() });
      vi.useFakeTimers({ now: Date.now() - 3_600_000, toFake: ["Date"] });
      const ends = await upload.finish().finally(() => vi.useRealTimers());
      expect(ends).toMatchObject([{ kind: "finished", response: { status: 200 } }]);
      await expectWhole(upload);
      const creations = upload.line.requests.filter(({ url }) => new URL(url).searchParams.has("uploads"));
      expect(creations).toHaveLength(2);
    });

    it("a cancelled upload is aborted, and a part of it begins an upload anew", async () => {
      const upload = await bench();
      faultAt(upload, "PUT", "partNumber=3", { kind: "down" });
      await upload.attempt();
      await upload.protocol.discard(await upload.run());
      expect((await upload.finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
      await expectWhole(upload);
    });
  });
}
