import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Neighbouring versions differ in every byte, so a mixture shows. */
export function bytesOfVersion(version: number, sizeBytes = 200_000): Uint8Array {
  return Uint8Array.from(
    { length: sizeBytes },
    (_, index) => (index * 7 + (index >> 8) + version * 31) % 251,
  );
}

/** A file on disk in its own directory, of which one version replaces another. */
export class VersionedFile {
  readonly directory: string;
  readonly name = "file.bin";

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<VersionedFile> {
    return new VersionedFile(await mkdtemp(join(tmpdir(), "versions-")));
  }

  get path(): string {
    return join(this.directory, this.name);
  }

  /** Writes a version in place, with the modification time `modifiedAt` in milliseconds. */
  async write(version: number, modifiedAt: number, sizeBytes?: number): Promise<void> {
    await writeFile(this.path, bytesOfVersion(version, sizeBytes));
    await utimes(this.path, modifiedAt / 1_000, modifiedAt / 1_000);
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}

/** Lets this many bytes of a body through, and breaks the connection after the browser has had time to read them. */
export function cutAfter(response: ServerResponse<IncomingMessage>, sizeBytes: number): void {
  const write = response.write.bind(response) as (chunk: Uint8Array) => boolean;
  let left = sizeBytes;
  response.end = () => response;
  response.write = (chunk: Uint8Array): boolean => {
    if (left <= 0) return false;
    const some = chunk.subarray(0, left);
    left -= some.byteLength;
    if (left === 0) setTimeout(() => response.destroy(), 500);
    return write(some);
  };
}
