/** The bytes that an upload sends; they differ at any two places, and for any two seeds. */
export function bodyBytes(sizeBytes: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = Uint32Array.from(
    { length: Math.ceil(sizeBytes / 4) },
    (_, index) => seed * 2_000_000 + index,
  );
  return new Uint8Array(words.buffer, 0, sizeBytes);
}
