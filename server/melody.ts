import type { Sample } from "./sample-name.ts";

const HEAD_BYTES = 44;
const RATE = 16_000;
const BYTES_PER_FRAME = 2;
/** Each note begins half a second after the one before it, and is heard for two. */
const NOTE_FRAMES = RATE / 2;
const HEARD_NOTES = 4;
/** The steps of a pentatonic scale, which sound well in any order, in semitones above 220 Hz. */
const SCALE = [0, 3, 5, 7, 10, 12, 15, 17];

/** A WAV file: bells, in an order that follows from the seed. */
export function* melody({ sizeBytes, seed }: Sample): Generator<Buffer, void, undefined> {
  const frames = Math.max(0, Math.floor((sizeBytes - HEAD_BYTES) / BYTES_PER_FRAME));
  yield head(frames).subarray(0, sizeBytes);
  for (let first = 0; first < frames; first += NOTE_FRAMES) {
    const count = Math.min(NOTE_FRAMES, frames - first);
    const block = Buffer.alloc(count * BYTES_PER_FRAME);
    for (let frame = 0; frame < count; frame += 1)
      block.writeInt16LE(level(first + frame, seed), frame * BYTES_PER_FRAME);
    yield block;
  }
  const rest = Math.max(0, sizeBytes - HEAD_BYTES - frames * BYTES_PER_FRAME);
  if (rest > 0) yield Buffer.alloc(rest);
}

function head(frames: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(HEAD_BYTES - 8 + frames * BYTES_PER_FRAME, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20); // PCM
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(RATE, 24);
  bytes.writeUInt32LE(RATE * BYTES_PER_FRAME, 28);
  bytes.writeUInt16LE(BYTES_PER_FRAME, 32);
  bytes.writeUInt16LE(8 * BYTES_PER_FRAME, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(frames * BYTES_PER_FRAME, 40);
  return bytes;
}

/** The sum of the notes that are heard at a moment. */
function level(frame: number, seed: number): number {
  const latest = Math.floor(frame / NOTE_FRAMES);
  let sum = 0;
  for (let note = Math.max(0, latest - HEARD_NOTES + 1); note <= latest; note += 1) {
    const seconds = (frame - note * NOTE_FRAMES) / RATE;
    const step = SCALE[(note * 5 + ((note * note * seed) % 3)) % SCALE.length] ?? 0;
    sum += Math.sin(2 * Math.PI * 220 * 2 ** (step / 12) * seconds) * Math.exp(-3 * seconds);
  }
  return Math.round(9_000 * sum);
}
