import { describe, expect, it } from "vitest";
import { MIN_CHUNK_BYTES } from "../../../../src/sw/uploads/chunk-size.ts";
import { countProblem } from "../../../../src/sw/uploads/count-problem.ts";

const END = 8 * MIN_CHUNK_BYTES;

describe("how much of an upload the server says that it has", () => {
  /** The second of two parts, of which the server had 100 bytes, and 300 were sent. */
  const part = { start: 1_000, end: 1_000 + END, offset: 100, reach: 300 };
  const says = (offset: number | undefined, isComplete = false) =>
    ({ kind: "has", offset, isComplete }) as Parameters<typeof countProblem>[0];
  const chunkOf = (sizeBytes: number) => ({
    content: new Blob([new Uint8Array(sizeBytes)]),
    offset: part.offset,
    isLast: false,
  });

  it.each([0, 100, 299, 300])("%d bytes, which were sent, are believed", (offset) => {
    expect(countProblem(says(offset), part, undefined)).toBeUndefined();
  });

  it.each([301, END, END + 1])(
    "%d bytes, of which some were never sent, are not: it starts over",
    (offset) => {
      for (const isComplete of [false, true])
        expect(countProblem(says(offset, isComplete), part, undefined)).toMatchObject({ kind: "restart" });
    },
  );

  it("a server that does not say has no problem", () => {
    expect(countProblem(says(undefined), part, chunkOf(10))).toBeUndefined();
  });

  it("nothing, or hardly anything, of a chunk is no progress", () => {
    const wide = { ...part, reach: part.offset + 2 * MIN_CHUNK_BYTES };
    const chunk = chunkOf(2 * MIN_CHUNK_BYTES);
    const taken = (bytes: number) => countProblem(says(wide.offset + bytes), wide, chunk);
    expect(taken(-50)).toContain("0 of the");
    expect(taken(0)).toContain("0 of the");
    expect(taken(MIN_CHUNK_BYTES - 1)).toContain(`${MIN_CHUNK_BYTES - 1} of the`);
    expect(taken(MIN_CHUNK_BYTES)).toBeUndefined();
    // All of a small one is enough.
    expect(countProblem(says(300), part, chunkOf(200))).toBeUndefined();
    expect(countProblem(says(299), part, chunkOf(200))).toContain("199 of the 200");
  });
});
