import fc from "fast-check";
import { expect, test } from "vitest";
import { PartBuffer } from "../../../../src/sw/transports/part-buffer.ts";

/** Chunks of one part, by their sizes. */
const parts = fc.array(fc.array(fc.integer({ min: 0, max: 300 })), { maxLength: 8 });

test("take returns what was added, part by part", () => {
  fc.assert(
    fc.property(parts, (sizes) => {
      const buffer = new PartBuffer();
      let next = 0;
      for (const part of sizes) {
        const added: number[] = [];
        for (const size of part) {
          const chunk = Uint8Array.from({ length: size }, () => next++ % 251);
          buffer.add(chunk);
          added.push(...chunk);
          // The sender of the chunk may reuse its memory.
          chunk.fill(255);
        }
        expect(buffer.sizeBytes).toBe(added.length);
        expect(buffer.take().flatMap((piece) => [...piece])).toEqual(added);
        expect(buffer.sizeBytes).toBe(0);
      }
    }),
  );
});

test("a part of many chunks needs a few buffers, and the next such part one", () => {
  const buffer = new PartBuffer();
  const fill = () => {
    for (let chunk = 0; chunk < 512; chunk += 1) buffer.add(new Uint8Array(64));
    return buffer.take().length;
  };
  expect(fill()).toBeLessThanOrEqual(11);
  expect(fill()).toBe(1);
});
