/** The bytes that a test sends; no two places in them look the same. */
export function uploadBytes(sizeBytes: number): Buffer<ArrayBuffer> {
  const words = Uint32Array.from({ length: Math.ceil(sizeBytes / 4) }, (_, index) => index);
  return Buffer.from(words.buffer, 0, sizeBytes);
}
