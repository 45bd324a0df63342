import { setTimeout as delay } from "node:timers/promises";

const TICK_MS = 50;

/**
 * The same bytes, no faster than `bytesPerSecond`: in pieces worth 50 ms each.
 *
 * Reads the next piece only after the previous one was taken, and does not make up for time lost to a slow reader.
 */
export async function* paced(
  source: AsyncIterable<Buffer>,
  bytesPerSecond: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const pieceBytes = Math.max(1, Math.round((bytesPerSecond * TICK_MS) / 1000));
  let dueAt = performance.now();
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      const piece = chunk.subarray(start, start + pieceBytes);
      yield piece;
      const now = performance.now();
      dueAt = Math.max(dueAt, now - TICK_MS) + (piece.length / bytesPerSecond) * 1000;
      if (dueAt > now) await delay(dueAt - now, undefined, { signal });
    }
  }
}
