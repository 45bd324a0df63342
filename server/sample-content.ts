import { createCipheriv, createHash } from "node:crypto";
import { melody } from "./melody.ts";
import type { Sample } from "./sample-name.ts";

const CHUNK_BYTES = 2 ** 20;

/** The bytes of a sample in chunks of up to 1 MiB: a pure function of it, so no file has to be shipped. */
export function sampleContent(sample: Sample): Generator<Buffer, void, undefined> {
  return CONTENTS[sample.kind](sample);
}

const CONTENTS = { random: keystream, text, melody } as const;

/** AES-128-CTR over zeros: fast, incompressible, and wrong bytes at a wrong offset never look right. */
function* keystream({ sizeBytes, seed }: Sample): Generator<Buffer, void, undefined> {
  const key = createHash("sha256").update(`sample ${seed}`).digest().subarray(0, 16);
  const cipher = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  const zeros = Buffer.alloc(Math.min(CHUNK_BYTES, sizeBytes));
  for (let left = sizeBytes; left > 0; left -= CHUNK_BYTES) yield cipher.update(zeros.subarray(0, left));
}

/** Numbered lines: compressible, but all different. */
function* text({ sizeBytes, seed }: Sample): Generator<Buffer, void, undefined> {
  let line = 0;
  for (let left = sizeBytes; left > 0; ) {
    let block = "";
    while (block.length < Math.min(CHUNK_BYTES, left)) {
      line += 1;
      block += `Line ${line} of sample ${seed}: the quick brown fox jumps over the lazy dog.\n`;
    }
    const chunk = Buffer.from(block).subarray(0, left);
    left -= chunk.length;
    yield chunk;
  }
}
