import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { useDatabases } from "../support/fake-database.ts";
import { DownloadFrom } from "../support/servers/download-from.ts";
import { useSite } from "../support/servers/use-site.ts";

const SIZE = 1_000_000;
const BYTES = Buffer.from(Uint8Array.from({ length: SIZE }, (_, index) => (index * 7) % 251));

describe("a split file of which the beginning is on disk", () => {
  const newDatabase = useDatabases();
  const site = useSite();

  it("is not mixed up by a 200 with all of the same version in answer to its rest", async () => {
    let attempt = 1;
    site().route("/whole", ({ headers }, response) => {
      const [, from = "0", to = String(SIZE - 1)] = /^bytes=(\d+)-(\d+)?/.exec(headers.range ?? "") ?? [];
      if (attempt === 2 && from === "1000") {
        response.writeHead(200, { etag: '"one"', "content-length": String(SIZE) });
        response.end(BYTES);
        return;
      }
      if (attempt === 1 && Number(from) > 0 && Number(from) < 250_000) return void response.destroy();
      response.writeHead(206, { "content-range": `bytes ${from}-${to}/${SIZE}`, etag: '"one"' });
      if (attempt === 1 && from === "0") {
        response.write(BYTES.subarray(0, 1_000));
        setTimeout(() => response.destroy(), 300);
      } else response.end(BYTES.subarray(Number(from), Number(to) + 1));
    });
    const task = await DownloadFrom.of(newDatabase(), `${site().origin}/whole`, false, "GET", 4);
    const row = await task.attempt();
    expect(row).toMatchObject({ bytesReceived: 1_000, file: { ranges: [[250_000, SIZE]] } });
    attempt = 2;
    expect(await task.end()).toMatchObject({ state: "completed", bytesReceived: SIZE });
    const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    expect(digest(await task.bytes())).toBe(digest(BYTES));
  });
});
