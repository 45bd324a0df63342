/** The bytes that a test sends; no two places in them look the same. */
export function uploadBytes(sizeBytes: number): Buffer<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let index = 0; index < words.length; index += 1) words[index] = index;
  return Buffer.from(words.buffer, 0, sizeBytes);
}
