import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../../../server/server.ts";
import { ask } from "./ask.ts";

describe("pages", () => {
  let directory: string;
  let server: TestServer;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "pages-"));
    const files: Record<string, string> = {
      "secret.txt": "secret",
      "first/index.html": "<h1>first</h1>",
      "first/.hidden": "hidden",
      "second/index.html": "<h1>second</h1>",
      "second/app.js": "export {};",
      "second/app.wasm": "wasm",
      "second/app.webmanifest": "{}",
      "second/été 1.txt": "summer",
    };
    for (const name of ["first", "second"]) await mkdir(join(directory, name));
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    server = await startServer({
      cacheDir: join(directory, "files"),
      staticDirs: [join(directory, "first"), join(directory, "second")],
      headers: { "x-everywhere": "yes" },
    });
  });

  afterAll(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });

  it.each([
    ["/", "text/html; charset=utf-8", "<h1>first</h1>"],
    ["/index.html?query=is&fine=too", "text/html; charset=utf-8", "<h1>first</h1>"],
    ["/app.js", "text/javascript; charset=utf-8", "export {};"],
    ["/app.wasm", "application/wasm", "wasm"],
    ["/app.webmanifest", "application/manifest+json; charset=utf-8", "{}"],
    ["/%C3%A9t%C3%A9%201.txt", "text/plain; charset=utf-8", "summer"],
  ])("%s comes from the first directory that has it, as %s", async (path, type, content) => {
    const { status, headers, body } = await ask(server.origin, path);
    expect(status).toBe(200);
    expect(headers["content-type"]?.toLowerCase()).toBe(type);
    expect(headers).toMatchObject({ "cache-control": "no-cache", "x-everywhere": "yes" });
    expect(body.toString()).toBe(content);
  });

  it("have a strong validator derived from their content", async () => {
    const { headers } = await ask(server.origin, "/app.js");
    expect(headers.etag).toMatch(/^"[\w-]{27}"$/);
    const again = await ask(server.origin, "/app.js", { headers: { "if-none-match": headers.etag ?? "" } });
    expect(again.status).toBe(304);
    await writeFile(join(directory, "second/app.js"), "export { };");
    const changed = await ask(server.origin, "/app.js", { headers: { "if-none-match": headers.etag ?? "" } });
    expect(changed.status).toBe(200);
  });

  it("are compressed for a client that accepts it, with a validator of their own", async () => {
    const headers = { "accept-encoding": "gzip" };
    const plain = await ask(server.origin, "/app.webmanifest");
    const coded = await ask(server.origin, "/app.webmanifest", { headers });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(coded.headers).toMatchObject({
      "content-encoding": "gzip",
      "content-length": String(coded.body.length),
    });
    expect(gunzipSync(coded.body)).toEqual(plain.body);
    expect(coded.headers.etag).not.toBe(plain.headers.etag);
    for (const { headers } of [plain, coded]) expect(headers.vary).toBe("Accept-Encoding");
    const condition = { ...headers, "if-none-match": coded.headers.etag ?? "" };
    const again = await ask(server.origin, "/app.webmanifest", { headers: condition });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const range = await ask(server.origin, "/app.webmanifest", {
      headers: { ...headers, range: "bytes=1-" },
    });
    expect([range.status, range.body.toString()]).toEqual([206, "}"]);
    expect((await ask(server.origin, "/app.wasm", { headers })).headers["content-encoding"]).toBeUndefined();
  });

  it.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/x/../../secret.txt",
    "/..%5csecret.txt",
    "//../secret.txt",
    "/files/../../secret.txt",
    "/%00",
    "/%ff",
    "/.hidden",
    "http://localhost/../secret.txt",
    "*",
  ])("%s reaches no file outside", async (path) => {
    const { status, body } = await ask(server.origin, path);
    expect([400, 403, 404]).toContain(status);
    expect(body.toString()).not.toContain("secret");
  });

  it("are read-only", async () => {
    expect((await ask(server.origin, "/", { method: "POST", body: "x" })).status).toBe(405);
  });

  it("can be served from memory and deployed again", async () => {
    server.serve("/sw.js", { body: "/* 1 */" });
    const first = await ask(server.origin, "/sw.js?x=1");
    expect(first.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    const unchanged = await ask(server.origin, "/sw.js", {
      headers: { "if-none-match": first.headers.etag ?? "" },
    });
    expect(unchanged.status).toBe(304);
    server.serve("/sw.js", { body: "/* 2 */", headers: { "service-worker-allowed": "/" } });
    const second = await ask(server.origin, "/sw.js", {
      headers: { "if-none-match": first.headers.etag ?? "" },
    });
    expect([second.status, second.body.toString()]).toEqual([200, "/* 2 */"]);
    expect(second.headers["service-worker-allowed"]).toBe("/");
    server.unroute("/sw.js");
    expect((await ask(server.origin, "/sw.js")).status).toBe(404);
  });

  it("can be answered by a test's own route, before everything else", async () => {
    server.route("/index.html", (_request, response) => void response.end("mine"));
    expect((await ask(server.origin, "/index.html")).body.toString()).toBe("mine");
    expect(server.requests().at(-1)).toMatchObject({ status: 200, bodyBytesSent: 4, finished: true });
    server.route("/index.html", () => {
      throw new Error("broken test");
    });
    expect(await ask(server.origin, "/index.html")).toMatchObject({ status: 500 });
    server.reset();
    expect((await ask(server.origin, "/index.html")).body.toString()).toBe("<h1>first</h1>");
  });

  it("include the catalogue, and every file in it exists", async () => {
    const { body } = await ask(server.crossOrigin, "/catalogue.json");
    const entries: { url: string; sizeBytes?: number }[] = JSON.parse(body.toString());
    expect(entries.length).toBe(12);
    for (const { url, sizeBytes } of entries) {
      if (sizeBytes === undefined || sizeBytes > 20_000_000) continue;
      const { origin, pathname } = new URL(url, server.origin);
      const { headers } = await ask(origin, pathname, { method: "HEAD" });
      expect(headers["content-length"]).toBe(String(sizeBytes));
    }
  });
});
