import { describe, expect, it } from "vitest";
import type { Echo } from "../../../server/echo.ts";
import { ask, type Question, sha256 } from "./ask.ts";
import { useTestServer } from "./start-test-server.ts";

describe("/echo", () => {
  const server = useTestServer();

  async function echo(path: string, question: Question): Promise<Echo> {
    return JSON.parse((await ask(server().origin, path, question)).body.toString());
  }

  it.each(["POST", "PUT", "PATCH"])("describes a %s request", async (method) => {
    const said = await echo("/echo?key=1", { method, body: "hello", headers: { "x-colour": "green" } });
    expect(said).toMatchObject({ method, url: "/echo?key=1", bodyBytes: 5, bodyText: "hello", count: 1 });
    expect(said.headers["x-colour"]).toBe("green");
    expect(said.bodySha256).toBe(sha256(Buffer.from("hello")));
  });

  it("answers GET", async () => {
    expect(await echo("/echo", {})).toMatchObject({ method: "GET", bodyBytes: 0, bodyText: "" });
  });

  it("digests a large body without keeping it", async () => {
    const body = Buffer.alloc(1_000_000, "x");
    const said = await echo("/echo", { method: "POST", body });
    expect(said).toMatchObject({ bodyBytes: 1_000_000, bodySha256: sha256(body) });
    expect(said.bodyText).toBeUndefined();
  });

  it("counts its actions by Idempotency-Key", async () => {
    const question = { method: "POST", body: "x", headers: { "idempotency-key": "k1" } };
    expect((await echo("/echo", question)).count).toBe(1);
    expect((await echo("/echo?key=2", question)).count).toBe(2);
    expect((await echo("/echo", { ...question, headers: { "idempotency-key": "k2" } })).count).toBe(1);
  });

  it("acts and loses the answer with after=cut", async () => {
    const path = "/echo?after=cut&afterTimes=1";
    const question = { method: "POST", body: "x", headers: { "idempotency-key": "k" } };
    await expect(ask(server().origin, path, question)).rejects.toThrow();
    expect((await echo(path, question)).count).toBe(2);
  });

  it("does not act when it refuses", async () => {
    const path = "/echo?reset=1&status=503&times=1&retryAfter=1";
    const question = { method: "POST", body: "x".repeat(100_000), headers: { "idempotency-key": "k" } };
    await expect(ask(server().origin, path, question)).rejects.toThrow();
    expect(await ask(server().origin, path, question)).toMatchObject({
      status: 503,
      headers: { "retry-after": "1" },
    });
    expect((await echo(path, question)).count).toBe(1);
  });
});
