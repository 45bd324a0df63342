import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { IetfUploads } from "../../server/uploads/ietf-uploads.ts";
import type { UploadLimits } from "../../server/uploads/upload-server.ts";
import { ChunkSize } from "../../src/sw/uploads/chunk-size.ts";
import { ietfDialect } from "../../src/sw/uploads/ietf/ietf-dialect.ts";
import { ietf } from "../../src/sw/uploads/ietf/index.ts";
import { itKeepsTheContractOnDisk } from "../support/contract-servers.ts";
import { useDatabases } from "../support/fake-database.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { type BenchSetting, uploadBench } from "../support/upload-bench.ts";
import { uploadBytes } from "../support/upload-bytes.ts";
import { uploadContract } from "./upload-contract.ts";

uploadContract(ietf, (directory) => new IetfUploads(directory));
itKeepsTheContractOnDisk({ protocol: ietf, url: "/ietf" }, (directory) => new IetfUploads(directory));

describe("ietf", () => {
  const newDatabase = useDatabases();
  let directory = "";

  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function bench(limits: UploadLimits = {}, setting: BenchSetting = {}) {
    directory = await mkdtemp(join(tmpdir(), "uploads-"));
    const server = new IetfUploads(directory);
    const handle = (request: Request) => server.handle(request, limits);
    return { server, ...(await uploadBench(newDatabase(), ietf, handle, setting)) };
  }

  it("the answer of the resource that has the whole body is the task's answer", async () => {
    const { finish, row } = await bench();
    await finish();
    const { response } = await row();
    expect(response?.status).toBe(201);
    expect(JSON.parse(new TextDecoder().decode(response?.body))).toMatchObject({
      sizeBytes: 1_000_000,
      sha256: sha256Of(uploadBytes(1_000_000)),
    });
  });

  it("is created empty, with its length, its type, its name and the interop version", async () => {
    const body = new File([uploadBytes(1_000)], "é.jpg", { type: "image/jpeg" });
    const { run } = await bench({}, { body });
    const attempt = await run();
    const request = { ...attempt.row.request, method: "PUT", headers: { "content-type": "image/jpeg" } };
    const row = { ...attempt.row, request, idempotencyKey: "key" };
    const part = { start: 0, end: 1_000, offset: 0, reach: 0 };
    const chunk = { content: body, offset: 0, isLast: true };
    const creation = ietfDialect({ ...attempt, row }, body, new ChunkSize()).creation(part, chunk);
    expect(creation).toEqual({
      url: "https://app.test/ietf",
      method: "PUT",
      headers: {
        "upload-draft-interop-version": "8",
        "upload-complete": "?0",
        "upload-length": "1000",
        "content-type": "image/jpeg",
        "content-disposition": "inline; filename*=UTF-8''%C3%A9.jpg",
        "idempotency-key": "key",
      },
    });
  });

  it("obeys the largest append that the server accepts", async () => {
    const { server, line, finish } = await bench({ maxAppendSize: 100_000 });
    expect(await finish()).toMatchObject([{ kind: "finished" }]);
    expect((await server.stored()).map(({ sizeBytes }) => sizeBytes)).toEqual([1_000_000]);
    const sizes = await Promise.all(
      line.requests.filter(({ method }) => method === "PATCH").map(async (it) => (await it.blob()).size),
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100_000);
  });

  it("sends smaller chunks if the server rejects one as too large without having declared a limit", async () => {
    const { line, finish, server } = await bench();
    line.faultAt = (request) =>
      request.method === "PATCH" &&
      Number(request.headers.get("x-size") ?? 0) === 0 &&
      line.requests.length === 2
        ? { kind: "answer", response: new Response(null, { status: 413 }) }
        : undefined;
    expect(await finish()).toMatchObject([{ kind: "finished" }]);
    expect((await server.stored())[0]?.sizeBytes).toBe(1_000_000);
  });

  it("says at once if the body is larger than the server accepts", async () => {
    const { finish, row, line } = await bench({ maxSize: 999_999 });
    await finish();
    expect((await row()).response?.status).toBe(413);
    expect(line.talk).toEqual(["POST"]);
  });

  it("an error of the resource after the whole body has arrived is its answer, and nothing is sent again", async () => {
    const { line, finish, row } = await bench({}, { sizeBytes: 1_000 });
    const headers = { "upload-complete": "?1" };
    line.faultAt = ({ method }) =>
      method === "PATCH"
        ? { kind: "answer", response: new Response("no photo", { status: 500, headers }) }
        : undefined;
    await finish();
    expect((await row()).response?.status).toBe(500);
    expect(line.talk).toEqual(["POST", "PATCH 0"]);
  });

  it.each([200, 404, 408, 409, 410, 413, 423, 425, 429, 500, 502, 503, 504])(
    "%d to the last chunk, without Upload-Complete, is the resource's answer if the server has the whole body",
    async (status) => {
      const { line, finish, row, server } = await bench();
      line.faultAt = ({ headers }) =>
        headers.get("upload-complete") === "?1"
          ? { kind: "acted", response: new Response("no album", { status }) }
          : undefined;
      expect(await finish()).toMatchObject([{ kind: "finished", response: { status } }]);
      expect(new TextDecoder().decode((await row()).response?.body)).toBe("no album");
      const patches = line.talk.filter((word) => word.startsWith("PATCH"));
      expect(new Set(patches).size).toBe(patches.length);
      expect((await server.stored()).map(({ isComplete }) => isComplete)).toEqual([true]);
    },
  );

  it.each(["mismatching-upload-offset", "completed-upload"])(
    "asks for the offset at the problem %s",
    async (name) => {
      const { line, finish } = await bench();
      const type = `https://iana.org/assignments/http-problem-types#${name}`;
      line.faultAt = ({ method }, number) =>
        method === "PATCH" && number === 2
          ? {
              kind: "answer",
              response: new Response(JSON.stringify({ type }), {
                status: name === "completed-upload" ? 400 : 409,
                headers: { "content-type": "application/problem+json" },
              }),
            }
          : undefined;
      expect(await finish()).toMatchObject([{ kind: "finished" }]);
      expect(line.talk).toContain("HEAD");
    },
  );

  it("an answer that declares a partial body complete is not believed, to a PATCH or a HEAD", async () => {
    for (const method of ["PATCH", "HEAD"]) {
      const { line, attempt, finish, row, server } = await bench();
      let isFirst = true;
      line.faultAt = (request, number) => {
        if (method === "HEAD" && request.method === "PATCH" && number === 2) return { kind: "down" };
        if (request.method !== method || !isFirst) return undefined;
        isFirst = false;
        const headers = { "upload-complete": "?1", "upload-offset": "5", "content-type": "text/plain" };
        return { kind: "answer", response: new Response("done", { status: 200, headers }) };
      };
      if (method === "HEAD") await attempt();
      expect((await attempt()).kind).toBe("unusable");
      expect(await row()).toMatchObject({ state: "running", hasBody: true });
      expect((await finish()).at(-1)?.kind).toBe("finished");
      expect((await server.stored())[0]?.sizeBytes).toBe(1_000_000);
    }
  });

  it("starts over if the lengths disagree: that upload is spoilt", async () => {
    const { line, finish } = await bench();
    const type = "https://iana.org/assignments/http-problem-types#inconsistent-upload-length";
    line.faultAt = ({ method }, number) =>
      method === "PATCH" && number === 2
        ? {
            kind: "answer",
            response: new Response(JSON.stringify({ type }), {
              status: 400,
              headers: { "content-type": "application/problem+json" },
            }),
          }
        : undefined;
    expect((await finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
  });
});
