import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

const MIB = 1024 * 1024;

/** Writes a file in which every MiB begins with its number. @returns the SHA-256 of its content */
export async function writeNumberedFile(path: string, sizeBytes: number): Promise<string> {
  const sha256 = createHash("sha256");
  const file = await open(path, "w");
  const block = Buffer.alloc(MIB);
  for (let n = 0; n < sizeBytes / MIB; n += 1) {
    block.writeUInt32LE(n, 0);
    sha256.update(block);
    await file.write(block);
  }
  await file.close();
  return sha256.digest("hex");
}
