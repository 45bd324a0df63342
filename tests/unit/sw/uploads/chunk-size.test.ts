import fc from "fast-check";
import { expect, it } from "vitest";
import { ChunkSize, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES } from "../../../../src/sw/uploads/chunk-size.ts";

const KIB = 1024;

/** Sends chunks over a line of that speed. */
function after(bytesPerMs: number, chunks: number): ChunkSize {
  const size = new ChunkSize();
  for (let chunk = 0; chunk < chunks; chunk += 1) size.adapt(size.bytes, size.bytes / bytesPerMs);
  return size;
}

it("begins with 256 KiB and grows at most fourfold", () => {
  expect(new ChunkSize().bytes).toBe(256 * KIB);
  expect(after(1e9, 1).bytes).toBe(1024 * KIB);
});

it("approaches one second of the line, within its bounds", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (bytesPerMs) => {
      const { bytes } = after(bytesPerMs, 20);
      const expected = Math.min(Math.max(bytesPerMs * 1_000, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES);
      expect(Math.abs(bytes - expected)).toBeLessThanOrEqual(1 + expected / 100);
    }),
  );
});

it("the limits of the server override its own", () => {
  const size = after(1e9, 20);
  size.limit(undefined, 10_000);
  expect(size.bytes).toBe(10_000);
  size.limit(20_000, 50_000_000);
  expect(size.bytes).toBe(MAX_CHUNK_BYTES);
  const slow = after(0.001, 20);
  slow.limit(100_000, undefined);
  expect(slow.bytes).toBe(100_000);
});

it("never grows beyond what was found to be too large, whatever the line and the server say", () => {
  const size = new ChunkSize();
  size.shrink();
  size.limit(100_000, 1_000_000);
  for (let chunk = 0; chunk < 20; chunk += 1) size.adapt(size.bytes, 1);
  expect(size.bytes).toBe(64 * KIB);
});

it("shrinks when a chunk was too large, but not below the minimum", () => {
  const size = new ChunkSize();
  const sizes: number[] = [];
  while (size.shrink()) sizes.push(size.bytes);
  expect(sizes).toEqual([64 * KIB, 16 * KIB]);
  size.adapt(16 * KIB, 1);
  expect(size.bytes).toBe(16 * KIB);
});
