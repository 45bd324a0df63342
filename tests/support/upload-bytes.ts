/** The bytes that a test sends: any two places of them differ. */
export function uploadBytes(sizeBytes: number): Buffer<ArrayBuffer> {
  const words = Uint32Array.from({ length: Math.ceil(sizeBytes / 4) }, (_, index) => index);
  return Buffer.from(words.buffer, 0, sizeBytes);
}
