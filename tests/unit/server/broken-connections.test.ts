import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { ask } from "./ask.ts";
import { useTestServer } from "./start-test-server.ts";

describe("connections", () => {
  const server = useTestServer();

  /** Sends a request and reads nothing until the socket is resumed. */
  async function askWithoutReading(path: string): Promise<Socket> {
    const socket = connect(Number(new URL(server().origin).port), "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    return socket;
  }

  const theOnlyRequest = () => server().requests()[0];

  it("cut ends every answer after the given number of bytes", async () => {
    for (const range of ["bytes=0-", "bytes=4000-"]) {
      const { body, isWhole } = await ask(server().origin, "/files/10KB.bin?cut=4000", {
        headers: { range },
      });
      expect([body.length, isWhole]).toEqual([4000, false]);
    }
    const rest = await ask(server().origin, "/files/10KB.bin?cut=4000", {
      headers: { range: "bytes=8000-" },
    });
    expect([rest.body.length, rest.isWhole]).toEqual([2000, true]);
    expect(
      server()
        .requests()
        .map(({ aborted }) => aborted),
    ).toEqual([true, true, false]);
    expect(server().bytesSent("/files/10KB.bin")).toBe(10_000);
  });

  it("cut=0 sends only the head", async () => {
    const { status, body, isWhole } = await ask(server().origin, "/files/10KB.bin?cut=0");
    expect([status, body.length, isWhole]).toEqual([200, 0, false]);
  });

  it("cut reaches the client with all bytes of a large part", async () => {
    const { body, isWhole } = await ask(server().origin, "/files/3MB.bin?cut=2MB");
    expect([body.length, isWhole]).toEqual([2_000_000, false]);
  });

  it("cutTimes spares the requests after the first n", async () => {
    const path = "/files/10KB.bin?cut=4000&cutTimes=1";
    expect((await ask(server().origin, path)).isWhole).toBe(false);
    expect((await ask(server().origin, path)).isWhole).toBe(true);
    server().reset();
    expect((await ask(server().origin, path)).isWhole).toBe(false);
  });

  it("stall sends the given number of bytes and keeps the connection open", async () => {
    const response = await fetch(`${server().origin}/files/10KB.bin?stall=4000`);
    const reader = response.body?.getReader();
    let received = 0;
    while (received < 4000) received += (await reader?.read())?.value?.length ?? 0;
    expect(received).toBe(4000);
    expect(theOnlyRequest()).toMatchObject({ bodyBytesSent: 4000, finished: false, aborted: false });
    await reader?.cancel();
    await vi.waitFor(() => expect(theOnlyRequest()?.aborted).toBe(true));
  });

  it("reset closes the first connections before any answer", async () => {
    const path = "/files/1KB.bin?reset=2";
    await expect(ask(server().origin, path)).rejects.toThrow("socket hang up");
    await expect(ask(server().origin, path)).rejects.toThrow("socket hang up");
    expect((await ask(server().origin, path)).status).toBe(200);
    expect(
      server()
        .requests()
        .map(({ status }) => status),
    ).toEqual([undefined, undefined, 200]);
  });

  it("throttle sends small pieces, and stops when the client leaves", async () => {
    const socket = await askWithoutReading("/files/1MB.bin?throttle=100KB");
    socket.resume();
    await vi.waitFor(() => expect(theOnlyRequest()?.bodyBytesSent).toBeGreaterThan(0));
    expect((theOnlyRequest()?.bodyBytesSent ?? 0) % 5000).toBe(0);
    socket.destroy();
    await vi.waitFor(() => expect(theOnlyRequest()?.aborted).toBe(true));
    const sent = theOnlyRequest()?.bodyBytesSent;
    expect(sent).toBeLessThan(200_000);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(theOnlyRequest()?.bodyBytesSent).toBe(sent);
  });

  it("throttle sends the whole body in the end", async () => {
    const { body, isWhole } = await ask(server().origin, "/files/10KB.bin?throttle=100KB");
    expect([body.length, isWhole]).toEqual([10_000, true]);
  });

  it.each(["?key=unthrottled", "?throttle=1GB"])(
    "a client that does not read is not sent more (%s)",
    async (query) => {
      const socket = await askWithoutReading(`/files/40MB.bin${query}`);
      let sent = -1;
      await vi.waitFor(
        () => {
          const before = sent;
          sent = server().bytesSent();
          expect(sent).toBeGreaterThan(0);
          expect(sent).toBe(before);
        },
        { interval: 100, timeout: 3000 },
      );
      expect(sent).toBeLessThan(20_000_000);
      socket.destroy();
      await vi.waitFor(() => expect(theOnlyRequest()?.aborted).toBe(true));
    },
  );

  it("length=none sends no Content-Length", async () => {
    const { headers, body, isWhole } = await ask(server().origin, "/files/10KB.bin?length=none");
    expect(headers["content-length"]).toBeUndefined();
    expect([body.length, isWhole]).toEqual([10_000, true]);
  });

  it.each([
    ["short", 10_000 - 1024],
    ["long", 10_000 + 1024],
  ])("length=%s ends cleanly after %i bytes of 10000", async (length, bytes) => {
    const path = `/files/10KB.bin?length=${length}&lengthTimes=1`;
    const wrong = await ask(server().origin, path, { headers: { range: "bytes=0-" } });
    expect(wrong.headers["content-range"]).toBe("bytes 0-9999/10000");
    expect([wrong.body.length, wrong.isWhole]).toEqual([bytes, true]);
    const right = await ask(server().origin, path);
    expect(right.body.length).toBe(10_000);
    expect(right.headers["content-length"]).toBe("10000");
  });
});
