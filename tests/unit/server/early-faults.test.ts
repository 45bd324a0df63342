import { describe, expect, it } from "vitest";
import { ask } from "./ask.ts";
import { useTestServer } from "./start-test-server.ts";

describe("faults before the answer", () => {
  const server = useTestServer();

  it("status answers the first n requests with Retry-After and a line of text", async () => {
    const path = "/files/1KB.bin?status=503&times=2&retryAfter=7";
    for (let n = 0; n < 2; n += 1) {
      const { status, headers, body } = await ask(server().origin, path);
      expect(status).toBe(503);
      expect(headers["retry-after"]).toBe("7");
      expect(body.toString()).toBe("503 Service Unavailable\n");
    }
    expect((await ask(server().origin, path)).status).toBe(200);
  });

  it("status without times answers every request", async () => {
    for (let n = 0; n < 3; n += 1)
      expect((await ask(server().origin, "/files/1KB.bin?status=404")).status).toBe(404);
  });

  it("each switch counts the requests that reach it", async () => {
    const path = "/files/1KB.bin?reset=1&status=503&times=1&cut=10&cutTimes=1";
    await expect(ask(server().origin, path)).rejects.toThrow();
    expect((await ask(server().origin, path)).status).toBe(503);
    expect((await ask(server().origin, path)).isWhole).toBe(false);
    expect((await ask(server().origin, path)).isWhole).toBe(true);
  });

  it("key gives a URL its own counters", async () => {
    expect((await ask(server().origin, "/text?status=500&times=1")).status).toBe(500);
    expect((await ask(server().origin, "/text?status=500&times=1&key=a")).status).toBe(500);
    expect((await ask(server().origin, "/text?status=500&times=1")).status).toBe(200);
  });

  it("latency waits before the head", async () => {
    const askedAt = performance.now();
    await ask(server().origin, "/text?latency=60");
    expect(performance.now() - askedAt).toBeGreaterThan(50);
  });

  it("redirect makes n hops and then serves", async () => {
    const response = await fetch(`${server().origin}/files/1KB.bin?redirect=2&seed=3`);
    expect(response.url).toBe(`${server().origin}/files/1KB.bin?seed=3`);
    expect((await response.arrayBuffer()).byteLength).toBe(1000);
    expect(
      server()
        .requests()
        .map(({ status }) => status),
    ).toEqual([302, 302, 200]);
  });

  it("redirectTo=cross ends on the other origin", async () => {
    const response = await fetch(`${server().origin}/files/1KB.bin?redirect=2&redirectTo=cross`);
    expect(response.url).toBe(`${server().crossOrigin}/files/1KB.bin`);
    expect(
      server()
        .requests()
        .map(({ listener }) => listener),
    ).toEqual(["same", "same", "cross"]);
  });

  it.each([
    ["/files/1KB.bin?throtle=1", "No switch is called"],
    ["/files/1KB.bin?throttle=fast", "throttle must be a number of bytes from 1"],
    ["/files/1KB.bin?ranges=maybe", "ranges must be on or none or lying"],
    ["/files/1KB.bin?etag=after:1", "etag must be strong, weak, none, changing or change-after:<n>"],
    ["/files/1KB.bin?cut=1&cut=2", "cut is given twice"],
    ["/echo?status=99", "status must be a whole number, 200–599"],
    ["/text?type=a%0d%0ab", "type must be a media type"],
    ["/files/1KB.bin?toString=1", "No switch is called"],
  ])("%s is answered 400 with what is allowed", async (path, text) => {
    const { status, body } = await ask(server().origin, path);
    expect(status).toBe(400);
    expect(body.toString()).toContain(text);
  });

  it("/status answers with the requested status", async () => {
    expect((await ask(server().origin, "/status/410")).body.toString()).toBe("410 Gone\n");
    expect((await ask(server().origin, "/status/204")).status).toBe(204);
    expect((await ask(server().origin, "/status/700")).status).toBe(400);
  });

  it("/text answers with the requested text", async () => {
    const { headers, body } = await ask(server().origin, "/text?body=%C3%A9t%C3%A9&type=text/html");
    expect(headers["content-type"]).toBe("text/html");
    expect(body.toString()).toBe("été");
  });
});
