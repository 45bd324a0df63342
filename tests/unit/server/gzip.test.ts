import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ask, sha256 } from "./ask.ts";
import { useTestServer } from "./start-test-server.ts";

const PATH = "/files/text-100KB.txt";

describe("gzip", () => {
  const server = useTestServer();

  it.each([["gzip"], ["br, gzip;q=0.5"], ["*"]])(
    "auto compresses for Accept-Encoding: %s",
    async (coding) => {
      const { headers, body } = await ask(server().origin, `${PATH}?gzip=auto`, {
        headers: { "accept-encoding": coding, range: "bytes=10-" },
      });
      expect(headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
      expect(headers["content-length"]).toBeUndefined();
      expect(headers["accept-ranges"]).toBeUndefined();
      expect(sha256(gunzipSync(body))).toBe(await server().sha256(PATH));
    },
  );

  it.each([["identity"], ["gzip;q=0"], ["br"]])(
    "auto sends identity for Accept-Encoding: %s",
    async (coding) => {
      const { status, headers } = await ask(server().origin, `${PATH}?gzip=auto`, {
        headers: { "accept-encoding": coding, range: "bytes=10-" },
      });
      expect(status).toBe(206);
      expect(headers["content-encoding"]).toBeUndefined();
      expect(headers["content-length"]).toBe("99990");
    },
  );

  it("the compressed entity has its own validator", async () => {
    const coded = await ask(server().origin, `${PATH}?gzip=force`);
    const plain = await ask(server().origin, PATH);
    expect(coded.headers.etag).not.toBe(plain.headers.etag);
  });

  it("force compresses even if identity is requested, and sends the length with gzipLength", async () => {
    const { headers, body } = await ask(server().origin, `${PATH}?gzip=force&gzipLength=1`, {
      headers: { "accept-encoding": "identity" },
    });
    expect(headers["content-encoding"]).toBe("gzip");
    expect(headers["content-length"]).toBe(String(body.length));
    expect(gunzipSync(body).length).toBe(100_000);
  });

  it("force answers ranges of the compressed bytes", async () => {
    const whole = await ask(server().origin, `${PATH}?gzip=force`);
    const rest = await ask(server().origin, `${PATH}?gzip=force`, { headers: { range: "bytes=100-" } });
    expect(rest.status).toBe(206);
    expect(rest.headers["content-encoding"]).toBe("gzip");
    expect(rest.body.equals(whole.body.subarray(100))).toBe(true);
  });
});
