import { describe, expect, it } from "vitest";
import { ask } from "./ask.ts";
import { useTestServer } from "./start-test-server.ts";

const PREFLIGHT = { "access-control-request-method": "GET", "access-control-request-headers": "if-range" };

describe("the second origin", () => {
  const server = useTestServer();

  it("lets any page read, and exposes no headers", async () => {
    const { headers } = await ask(server().crossOrigin, "/files/1KB.bin");
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers["access-control-expose-headers"]).toBeUndefined();
  });

  it("exposes validators and lengths with cors=expose", async () => {
    const { headers } = await ask(server().crossOrigin, "/files/1KB.bin?cors=expose");
    expect(headers["access-control-expose-headers"]).toContain("ETag, Content-Range");
  });

  it("allows nothing with cors=none", async () => {
    const { headers } = await ask(server().crossOrigin, "/files/1KB.bin?cors=none");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("lets any page read error responses too", async () => {
    const { headers } = await ask(server().crossOrigin, "/files/1KB.bin?status=503");
    expect(headers["access-control-allow-origin"]).toBe("*");
  });

  it("refuses preflights, and logs them", async () => {
    const { status } = await ask(server().crossOrigin, "/files/1KB.bin", {
      method: "OPTIONS",
      headers: PREFLIGHT,
    });
    expect(status).toBe(403);
    expect(server().requests()).toMatchObject([{ method: "OPTIONS", status: 403, listener: "cross" }]);
  });

  it("grants every preflight with preflight=ok", async () => {
    const path = "/files/1KB.bin?preflight=ok";
    const { status, headers } = await ask(server().crossOrigin, path, {
      method: "OPTIONS",
      headers: PREFLIGHT,
    });
    expect(status).toBe(204);
    expect(headers["access-control-allow-headers"]).toBe("if-range");
    expect(headers["access-control-allow-origin"]).toBe("*");
  });

  it("differs from the first, which allows no other origin", async () => {
    expect(server().crossOrigin).not.toBe(server().origin);
    const { headers } = await ask(server().origin, "/files/1KB.bin?cors=expose");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });
});
