import type { PartRow } from "../../store/schema.ts";

/** Small enough that the worker can answer messages in between. */
const PIECE_BYTES = 1024 * 1024;

/** Reads stored parts piece by piece, never as a whole. */
export async function* piecesOf(parts: readonly PartRow[]): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for (const { bytes } of parts) {
    for (let offset = 0; offset < bytes.size; offset += PIECE_BYTES)
      yield new Uint8Array(await bytes.slice(offset, offset + PIECE_BYTES).arrayBuffer());
  }
}
