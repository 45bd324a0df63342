import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { SampleFiles } from "../../../server/sample-files.ts";
import { parseSamplePath } from "../../../server/sample-name.ts";
import { ask, sha256 } from "./ask.ts";
import { useTestServer } from "./start-test-server.ts";

describe("sample files", () => {
  const server = useTestServer();

  it.each([
    ["/files/1MB.bin", 1_000_000],
    ["/files/64KiB.bin", 65_536],
    ["/files/12345B.bin", 12_345],
    ["/files/1.5KB", 1_500],
    ["/files/0B.bin", 0],
    ["/files/text-100KB.txt", 100_000],
    ["/files/melody-100001B.wav", 100_001],
    ["/files/melody-30B.wav", 30],
  ])("%s has %i bytes with the digest that the server predicts", async (path, sizeBytes) => {
    const { status, body, headers } = await ask(server().origin, path);
    expect(status).toBe(200);
    expect(body.length).toBe(sizeBytes);
    expect(headers["content-length"]).toBe(String(sizeBytes));
    expect(sha256(body)).toBe(await server().sha256(path));
  });

  it("have the name, date and validator of a download", async () => {
    const { headers } = await ask(server().origin, "/files/1KB.bin");
    expect(headers).toMatchObject({
      etag: '"random-1000-1"',
      "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT",
      "content-disposition": 'attachment; filename="1KB.bin"',
      "content-type": "application/octet-stream",
      "accept-ranges": "bytes",
    });
  });

  it("have different bytes of the same length for another seed", async () => {
    const first = await ask(server().origin, "/files/1KB.bin");
    const second = await ask(server().origin, "/files/1KB.bin?seed=2");
    expect(second.body.length).toBe(first.body.length);
    expect(second.body.equals(first.body)).toBe(false);
    expect(second.headers.etag).not.toBe(first.headers.etag);
    expect(sha256(second.body)).toBe(await server().expectedSha256(1000, 2));
    expect(sha256(second.body)).toBe(await server().sha256("/files/1KB.bin?seed=2"));
  });

  it("can be a melody, which says how long it is and is heard", async () => {
    const { body, headers } = await ask(server().origin, "/files/melody-100KB.wav");
    expect(headers["content-type"]).toBe("audio/wav");
    expect([body.toString("latin1", 0, 4), body.toString("latin1", 8, 12)]).toEqual(["RIFF", "WAVE"]);
    expect([body.readUInt32LE(4), body.readUInt32LE(40)]).toEqual([100_000 - 8, 100_000 - 44]);
    const levels = Array.from({ length: 1_000 }, (_, index) => Math.abs(body.readInt16LE(44 + index * 2)));
    expect(Math.max(...levels)).toBeGreaterThan(1_000);
  });

  it("are incompressible, except for the text", async () => {
    const random = await ask(server().origin, "/files/100KB.bin");
    const text = await ask(server().origin, "/files/text-100KB.txt");
    expect(gzipSync(random.body).length).toBeGreaterThan(100_000);
    expect(gzipSync(text.body).length).toBeLessThan(20_000);
  });

  it.each(["/files/huge.bin", "/files/5GiB.bin", "/files/.5B.bin", "/files/0.5B.bin", "/files/1MB.bin/x"])(
    "%s is not a sample file",
    async (path) => {
      expect((await ask(server().origin, path)).status).toBe(404);
      await expect(server().sha256(path)).rejects.toThrow(RangeError);
    },
  );

  it("are made once for parallel requests, and leave no unfinished file", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sample-files-"));
    const sample = parseSamplePath("/files/100KB.bin", 1);
    if (!sample) throw new Error("100KB is a size");
    const samples = [new SampleFiles(directory), new SampleFiles(directory)];
    const paths = await Promise.all([...samples, ...samples].map((files) => files.path(sample)));
    expect(new Set(paths).size).toBe(1);
    expect(await readdir(directory)).toEqual(["random-100000-1"]);
    await rm(directory, { recursive: true });
  });

  it("are read-only", async () => {
    const { status, headers } = await ask(server().origin, "/files/1KB.bin", { method: "PUT", body: "x" });
    expect(status).toBe(405);
    expect(headers.allow).toBe("GET, HEAD");
  });

  it("answer HEAD with the same head and no body", async () => {
    const { headers, body } = await ask(server().origin, "/files/1KB.bin?cut=10", { method: "HEAD" });
    expect(headers["content-length"]).toBe("1000");
    expect(body.length).toBe(0);
    expect(server().bytesSent()).toBe(0);
  });
});
