import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { IetfUploads } from "../../server/uploads/ietf-uploads.ts";
import { tusUploads } from "../../server/uploads/tus-uploads.ts";
import { ietf } from "../../src/sw/uploads/ietf/index.ts";
import { tus } from "../../src/sw/uploads/tus/index.ts";
import { useDatabases } from "../support/fake-database.ts";
import { type UploadBench, uploadBench } from "../support/upload-bench.ts";

describe("a server that takes next to nothing makes no real progress and is not asked without a pause", () => {
  const newDatabase = useDatabases();
  const directories: string[] = [];

  afterEach(async () => {
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
  });

  async function directory(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), "uploads-"));
    directories.push(path);
    return path;
  }

  async function expectGivenUp({ finish, row, line }: UploadBench, requests: number): Promise<void> {
    expect((await finish(100)).length).toBeLessThan(100);
    expect((await row()).failure?.code).toBe("bad-response");
    expect(line.requests.length).toBeLessThan(requests);
  }

  const protocols = [
    ["tus", tus, tusUploads],
    ["ietf", ietf, (path: string) => new IetfUploads(path)],
  ] as const;

  describe.each(protocols)("%s", (_, protocol, makeServer) => {
    it.each([0, 1, 1_000])("%d bytes of each chunk are taken", async (taken) => {
      const server = makeServer(await directory());
      const handle = (request: Request) =>
        request.method === "PATCH"
          ? beginningOf(request, taken).then((it) => server.handle(it))
          : server.handle(request);
      await expectGivenUp(await uploadBench(newDatabase(), protocol, handle), 60);
      expect((await server.stored()).every(({ isComplete }) => !isComplete)).toBe(true);
    });

    it("each chunk is refused, and one byte of it was taken", async () => {
      for (const status of [409, 404]) {
        const server = makeServer(await directory());
        const handle = async (request: Request) => {
          if (request.method !== "PATCH") return server.handle(request);
          await server.handle(await beginningOf(request, 1));
          return new Response("no", { status });
        };
        const it = await uploadBench(newDatabase(), protocol, handle);
        await it.finish(100);
        expect((await it.row()).state).toBe("completed");
        expect(it.line.requests.length).toBeLessThan(70);
      }
    });
  });

  it.each([0, 1, 1_000])("Upload-Limit: max-append-size=%d", async (maxAppendSize) => {
    const server = new IetfUploads(await directory());
    const handle = (request: Request) => server.handle(request, { maxAppendSize });
    const it = await uploadBench(newDatabase(), ietf, handle);
    await expectGivenUp(it, 3);
    expect((await it.row()).failure?.message).toBe(
      `The server takes at most 1000000 bytes, ${maxAppendSize} at a time, and the body has 1000000.`,
    );
  });

  it("a server that takes half of the last chunk, refuses it, and forgets the upload, for ever", async () => {
    const server = tusUploads(await directory());
    let heads = 0;
    const handle = async (request: Request) => {
      if (request.method === "PATCH") {
        heads = 0;
        await server.handle(await beginningOf(request, 100_000));
        return new Response("damaged", { status: 460 });
      }
      if (request.method === "POST") heads = -1;
      if (request.method === "HEAD") heads += 1;
      return heads > 1 ? new Response(null, { status: 404 }) : server.handle(request);
    };
    const it = await uploadBench(newDatabase(), tus, handle, { sizeBytes: 200_000 });
    await expectGivenUp(it, 100);
  });

  it("a server that has the whole body and never says so", async () => {
    const server = new IetfUploads(await directory());
    const handle = async (request: Request) => {
      const isLast = request.headers.get("upload-complete") === "?1";
      return isLast
        ? new Response(null, { status: 204, headers: { "upload-complete": "?0" } })
        : server.handle(request);
    };
    await expectGivenUp(await uploadBench(newDatabase(), ietf, handle, { sizeBytes: 1_000 }), 60);
  });

  it("Upload-Limit: a few small appends carry a small body", async () => {
    const server = new IetfUploads(await directory());
    const handle = (request: Request) => server.handle(request, { maxAppendSize: 100 });
    const { finish, line } = await uploadBench(newDatabase(), ietf, handle, { sizeBytes: 5_000 });
    expect(await finish()).toMatchObject([{ kind: "finished" }]);
    expect(line.requests).toHaveLength(51);
  });
});

/** Copies a request with only the beginning of its body. */
async function beginningOf(request: Request, sizeBytes: number): Promise<Request> {
  const { url, method } = request;
  const body = (await request.arrayBuffer()).slice(0, sizeBytes);
  const headers = new Headers(request.headers);
  headers.set("content-length", String(sizeBytes));
  if (headers.has("upload-complete")) headers.set("upload-complete", "?0");
  return new Request(url, { method, headers, body });
}
