import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { startServer } from "../../../server/server.ts";
import { ask } from "./ask.ts";
import { useTestServer } from "./start-test-server.ts";

describe("the server", () => {
  const server = useTestServer({ control: true });

  it("refuses connections while it is down, on both origins, and comes back on the same ports", async () => {
    await server().goDown();
    await expect(ask(server().origin, "/text")).rejects.toThrow("ECONNREFUSED");
    await expect(ask(server().crossOrigin, "/text")).rejects.toThrow("ECONNREFUSED");
    await server().goDown();
    await server().comeBack();
    await server().comeBack();
    expect((await ask(server().origin, "/text")).status).toBe(200);
    expect((await ask(server().crossOrigin, "/text")).status).toBe(200);
  });

  it("closes busy, stalled, waiting and idle connections when it goes down", async () => {
    const idle = connect(Number(new URL(server().origin).port), "127.0.0.1");
    const idleClosed = once(idle, "close");
    await once(idle, "connect");
    const busy = ask(server().origin, "/files/1MB.bin?throttle=10KB");
    const stalled = ask(server().crossOrigin, "/files/10KB.bin?stall=10");
    const waiting = ask(server().origin, "/text?latency=60000").catch((error: Error) => error.message);
    await vi.waitFor(() => expect(server().requests().length).toBe(3));
    await vi.waitFor(() =>
      expect(
        server()
          .requests()
          .filter(({ status }) => status === 200).length,
      ).toBe(2),
    );
    await server().goDown();
    expect((await busy).isWhole).toBe(false);
    expect((await stalled).isWhole).toBe(false);
    expect(await waiting).toBe("socket hang up");
    await idleClosed;
    await server().comeBack();
  });

  it("drops the connections whose path has the given prefix", async () => {
    const dropped = ask(server().origin, "/files/10KB.bin?stall=10");
    const kept = ask(server().origin, "/files/20KB.bin?throttle=100KB");
    await vi.waitFor(() =>
      expect(
        server()
          .requests()
          .filter(({ status }) => status === 200).length,
      ).toBe(2),
    );
    server().dropConnections("/files/10KB");
    expect((await dropped).isWhole).toBe(false);
    expect((await kept).isWhole).toBe(true);
  });

  it("drops all connections and continues to listen", async () => {
    const dropped = ask(server().crossOrigin, "/files/10KB.bin?stall=10");
    await vi.waitFor(() => expect(server().requests()[0]?.status).toBe(200));
    server().dropConnections();
    expect((await dropped).isWhole).toBe(false);
    expect((await ask(server().crossOrigin, "/text")).status).toBe(200);
  });

  it("keeps connections alive unless told not to", async () => {
    expect(
      (await ask(server().origin, "/text", { headers: { connection: "keep-alive" } })).headers.connection,
    ).toBe("keep-alive");
    const curt = await startServer({ keepAlive: false });
    const { headers } = await ask(curt.origin, "/text", { headers: { connection: "keep-alive" } });
    expect(headers.connection).toBe("close");
    await curt.close();
  });

  it("fails with EADDRINUSE if a port is taken", async () => {
    const taken = Number(new URL(server().crossOrigin).port);
    await expect(startServer({ crossOriginPort: taken })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("survives a client that leaves in the middle of its upload", async () => {
    const socket = connect(Number(new URL(server().origin).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nbeginning");
    await vi.waitFor(() => expect(server().requests().length).toBe(1));
    socket.destroy();
    await vi.waitFor(() =>
      expect(server().requests()[0]).toMatchObject({ aborted: true, status: undefined }),
    );
    expect((await ask(server().origin, "/text")).status).toBe(200);
  });

  it("finds logged requests by path, by URL and by condition", async () => {
    await ask(server().origin, "/text?body=a", { headers: { "x-a": "1" } });
    await ask(server().crossOrigin, "/text?body=bb");
    expect(server().requests("/text").length).toBe(2);
    expect(server().requests("/text?body=bb")).toMatchObject([{ listener: "cross", bodyBytesSent: 2 }]);
    expect(server().requests(({ headers }) => headers["x-a"] === "1")).toMatchObject([{ listener: "same" }]);
    expect(server().bytesSent("/text")).toBe(3);
    server().reset();
    expect(server().requests()).toEqual([]);
  });

  it("is controlled over HTTP on its first origin only", async () => {
    await ask(server().origin, "/text?body=a");
    const { body } = await ask(server().origin, "/__log?path=/text");
    expect(JSON.parse(body.toString())).toMatchObject([{ url: "/text?body=a", status: 200, finished: true }]);
    expect((await ask(server().crossOrigin, "/__log")).status).toBe(404);
    await ask(server().origin, "/__reset");
    expect(server().requests()).toEqual([]);
    expect((await ask(server().origin, "/__down?ms=forever")).status).toBe(400);
  });

  it("goes down for a while when asked over HTTP", async () => {
    expect((await ask(server().origin, "/__down?ms=100")).status).toBe(202);
    await vi.waitFor(() => expect(ask(server().origin, "/text")).rejects.toThrow("ECONNREFUSED"));
    await vi.waitFor(async () => expect((await ask(server().origin, "/text")).status).toBe(200));
  });

  it("has no HTTP control by default, and does not come back after close", async () => {
    const plain = await startServer();
    expect((await ask(plain.origin, "/__reset")).status).toBe(404);
    await plain.close();
    await plain.comeBack();
    await expect(ask(plain.origin, "/text")).rejects.toThrow("ECONNREFUSED");
  });
});
