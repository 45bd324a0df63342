import { afterEach, describe, expect, it, vi } from "vitest";
import { changed, changeTask } from "../../src/store/tasks.ts";
import { useDatabases } from "../support/fake-database.ts";
import { DownloadFrom } from "../support/servers/download-from.ts";
import { useSite } from "../support/servers/use-site.ts";

const SIZE = 20_000_000;
const BYTES = Buffer.from(Uint8Array.from({ length: SIZE }, (_, index) => (index * 7) % 251));
const LOST = 12_345;

/** As in WebKit, if the realm that wrote a part was ending: the row is there, the bytes are not. */
function loseBlobsOf(sizeBytes: number): void {
  const { slice, arrayBuffer } = Blob.prototype;
  const refuse = () => Promise.reject(new DOMException("", "NotReadableError"));
  vi.spyOn(Blob.prototype, "slice").mockImplementation(function (this: Blob, ...range) {
    const part = slice.apply(this, range);
    if (this.size === sizeBytes) part.arrayBuffer = refuse;
    return part;
  });
  vi.spyOn(Blob.prototype, "arrayBuffer").mockImplementation(function (this: Blob) {
    return this.size === sizeBytes ? refuse() : arrayBuffer.call(this);
  });
}

describe("a split file of which a part in the middle cannot be read", () => {
  const newDatabase = useDatabases();
  const site = useSite();
  afterEach(() => vi.restoreAllMocks());

  it("is not taken for whole before that part has come again", async () => {
    let attempt = 1;
    const asked: number[] = [];
    site().route("/lost", ({ headers }, response) => {
      const [, from = "0", to = String(SIZE - 1)] = /^bytes=(\d+)-(\d+)?/.exec(headers.range ?? "") ?? [];
      const start = Number(from);
      const isLost = start >= 400_000 && start < 400_000 + LOST;
      if (attempt === 2) asked.push(start);
      response.writeHead(206, { "content-range": `bytes ${from}-${to}/${SIZE}`, etag: '"one"' });
      if (attempt === 1 && isLost) {
        response.flushHeaders();
        setTimeout(() => response.destroy(), 500);
      } else response.end(BYTES.subarray(start, Number(to) + 1));
    });
    const database = newDatabase();
    const task = await DownloadFrom.of(database, `${site().origin}/lost`, false, "GET", 4);
    const { key } = await task.row();
    const stored = [
      [0, 400_000],
      [400_000, 400_000 + LOST],
      [400_000 + LOST, 2_000_000],
    ] as const;
    await database.write(["parts"], "relaxed", async (tx) => {
      for (const [offset, end] of stored) {
        const bytes = new Blob([BYTES.subarray(offset, end)]);
        await tx
          .objectStore("parts")
          .put({ session: "session", fileId: "f", offset, sizeBytes: end - offset, bytes });
      }
    });
    const validator = { kind: "etag", value: '"one"' } as const;
    const file = { fileId: "f", total: SIZE, isTotalSure: true, isSameOrigin: true, validator, ranges: [] };
    const response = { url: "", status: 200, statusText: "OK", headers: {}, redirected: false };
    await changeTask(database, "session", key, "strict", (row) =>
      changed(row, { file, response, bytesReceived: 2_000_000, farthest: 2_000_000, bytesExpected: SIZE }),
    );
    loseBlobsOf(LOST);
    const row = await task.attempt();
    expect(row.state).toBe("running");
    attempt = 2;
    expect((await task.end()).state).toBe("completed");
    // It completed without a request, with bytes that nobody can read.
    expect(asked).toContain(400_000);
    expect(Buffer.from(await task.bytes()).equals(BYTES)).toBe(true);
  });
});
