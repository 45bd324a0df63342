import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { FullTusServer } from "../support/full-tus-server.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf } from "../support/task-end.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

// A bad task harms no other task.

test("a context that can be cloned but not stored throws in the call, and the other tasks of the turn run", {
  tag: "@core",
}, async ({ page }) => {
  const { refused, ends } = await page.evaluate(async () => {
    const session = await app.open();
    const any = globalThis as unknown as Record<string, new (...values: unknown[]) => object>;
    const canvas = document.createElement("canvas");
    canvas.getContext("2d");
    const audio = { format: "f32", sampleRate: 8_000, numberOfFrames: 1, numberOfChannels: 1, timestamp: 0 };
    const chunk = { type: "key", timestamp: 0, data: new Uint8Array(1) };
    const emptyModule = () => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    let deep: unknown = 0;
    for (let level = 0; level < 1_500; level += 1) deep = { deep };
    const makers: Record<string, () => unknown> = {
      "WebAssembly.Module": emptyModule,
      "WebAssembly.Module in a Map": () => new Map([[{ a: 1 }, [emptyModule()]]]),
      ImageBitmap: () => createImageBitmap(new ImageData(1, 1)),
      VideoFrame: () => any.VideoFrame && new any.VideoFrame(canvas, { timestamp: 0 }),
      AudioData: () => any.AudioData && new any.AudioData({ ...audio, data: new Float32Array(1) }),
      EncodedVideoChunk: () => any.EncodedVideoChunk && new any.EncodedVideoChunk(chunk),
      CropTarget: () =>
        (any.CropTarget as { fromElement?(it: Element): unknown })?.fromElement?.(document.body),
      FormData: () => new FormData(),
      "1,500 levels": () => deep,
    };
    const contexts = await Promise.all(
      Object.entries(makers).map(async ([name, make]) => [name, await make()]),
    );
    const refused: Record<string, string> = {};
    const good = [];
    for (const [name, context] of contexts as [string, unknown][]) {
      if (context === undefined) continue;
      good.push(session.dataTask("/echo"));
      try {
        session.dataTask("/echo", { completion: { handler: "sent", context } });
        refused[name] = "taken";
      } catch (error) {
        refused[name] = String(error);
      }
    }
    good.push(session.dataTask("/echo"));
    for (const task of good) void task.resume();
    const ends = await Promise.all(good.map(({ completed }) => completed));
    return { refused, ends: ends.map(({ error, response }) => error?.code ?? response?.status) };
  });
  expect(Object.keys(refused).length).toBeGreaterThan(4);
  for (const [name, message] of Object.entries(refused)) {
    expect(message, name).toMatch(/^TypeError: completion.context must be something that can be stored: /);
  }
  expect(new Set(ends)).toEqual(new Set([200]));
});

test("everything that can be stored comes back to the handler unchanged", async ({ page }) => {
  const { given, got } = await page.evaluate(async () => {
    const kindOf = (value: unknown) => Object.prototype.toString.call(value).slice(8, -1);
    const input = document.createElement("input");
    input.type = "file";
    const context: Record<string, unknown> = {
      nothing: undefined,
      map: new Map([["a", new Set([1n])]]),
      date: new Date(5),
      regexp: /a/g,
      boxed: [Object(1), Object("a"), Object(true), Object(1n)],
      error: new TypeError("no", { cause: { code: 1 } }),
      domException: new DOMException("no", "AbortError"),
      buffer: new ArrayBuffer(2),
      view: new Float32Array(2),
      dataView: new DataView(new ArrayBuffer(2)),
      blob: new Blob(["a"]),
      file: new File(["a"], "a"),
      files: input.files,
      imageData: new ImageData(1, 1),
      point: new DOMPoint(1),
      pointReadOnly: new DOMPointReadOnly(1),
      rect: new DOMRect(),
      rectReadOnly: new DOMRectReadOnly(),
      matrix: new DOMMatrix(),
      matrixReadOnly: new DOMMatrixReadOnly(),
      quad: new DOMQuad(),
      key: await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]),
    };
    let deep: unknown = 0;
    for (let level = 0; level < 498; level += 1) deep = { deep };
    context.deep = deep;
    context.self = context;
    const kinds = (all: Record<string, unknown>) =>
      Object.entries(all).map(([name, value]) => `${name} ${kindOf(value)}`);
    const got = await new Promise<string[]>((resolve) => {
      void app
        .open("test", { completionHandlers: { take: (_, context) => resolve(kinds(context)) } })
        .then((session) => session.dataTask("/echo", { completion: { handler: "take", context } }).resume());
    });
    return { given: kinds(context), got };
  });
  expect(got).toEqual(given);
});

test(
  "a body that exceeds the quota is refused alone: the other tasks of the turn run",
  needs("counted-blobs"),
  async ({ browserApp, site }) => {
    await browserApp.closeAndRestart({ quotaBytes: 8_000_000 });
    const page = await browserApp.open(site.origin);
    const ends = await page.evaluate(async () => {
      const session = await app.open();
      const random = () => crypto.getRandomValues(new Uint8Array(65_536));
      const large = new Blob(Array.from({ length: 300 }, random));
      const tasks = [new Blob(["a"]), large, new Blob(["c"])].map((body) =>
        session.uploadTask("/echo", body),
      );
      for (const task of tasks) void task.resume();
      const ends = await Promise.all(tasks.map(({ completed }) => completed));
      return ends.map(({ error, response }) => error?.code ?? response?.status);
    });
    expect(ends).toEqual([200, "storage-full", 200]);
  },
);

/** Serves a body that sends a little and never ends. */
function serveEndless(site: TestServer, path: string): void {
  site.route(path, (request, response) => {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    const timer = setInterval(() => response.write("x".repeat(1_000)), 100);
    request.on("close", () => clearInterval(timer));
  });
}

test("endless answers of one session hold up no other session: neither its only connection, nor its upload next to four downloads", async ({
  page,
  site,
}) => {
  serveEndless(site, "/endless");
  await page.evaluate(async () => {
    const session = await app.open("endless");
    for (let index = 0; index < 4; index += 1) session.downloadTask("/endless", { id: `${index}` }).resume();
  });
  await expect.poll(() => site.requests("/endless").length).toBe(4);
  const ends = await page.evaluate(async () => {
    const session = await app.open("narrow", { configuration: { httpMaximumConnectionsPerHost: 1 } });
    const tasks = [
      session.uploadTask("/echo", new Blob(["body"])),
      session.downloadTask("/files/10KB.bin"),
      session.dataTask("/echo"),
    ];
    for (const task of tasks) void task.resume();
    const ends = await Promise.all(tasks.map(({ completed }) => completed));
    return ends.map(({ error, response }) => error?.code ?? response?.status);
  });
  expect(ends).toEqual([200, 200, 200]);
  expect(site.requests("/endless").filter(({ aborted }) => aborted)).toEqual([]);
});

test("an upload in parts takes no more connections than its session has, and keeps no other task waiting", async ({
  page,
  site,
}) => {
  const server = new FullTusServer();
  let open = 0;
  let most = 0;
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const count = (response: ServerResponse): void => {
    open += 1;
    most = Math.max(most, open);
    response.on("close", () => {
      open -= 1;
    });
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    count(response);
    const { method = "GET", url } = request;
    const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [
      name,
      `${value}`,
    ]);
    const body = await buffer(request);
    if (method === "PATCH") await released;
    const init = { method, headers, ...(body.length > 0 && { body }) };
    const answer = await server.handle(new Request(`${site.origin}${url}`, init));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  for (const path of ["/tus", "/tus/0", "/tus/1", "/tus/2"]) site.route(path, handle);
  site.route("/small", (_, response) => {
    count(response);
    response.end("small");
  });

  await startUpload(page, "wide", "/tus", 4_000_000, {
    protocol: "tus",
    connections: 6,
    configuration: { httpMaximumConnectionsPerHost: 3 },
  });
  const parts = () => site.requests(({ method }) => method === "PATCH");
  await expect.poll(() => parts().length).toBe(2);
  const beside = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const tasks = Array.from({ length: 5 }, () => session?.dataTask("/small"));
    for (const task of tasks) void task?.resume();
    const ends = await Promise.all(tasks.map((task) => task?.completed));
    return ends.map((end) => end?.error?.code ?? end?.response?.status);
  });
  expect(beside).toEqual([200, 200, 200, 200, 200]);
  expect(parts()).toHaveLength(2);
  release();
  await endOf(page, "wide");
  expect(most).toBeLessThanOrEqual(3);
  expect([...server.uploads.values()].at(-1)?.bytes).toEqual(uploadBytes(4_000_000));
});
