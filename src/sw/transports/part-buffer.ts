/**
 * Collects the bytes of a part in a few large buffers. A body comes in chunks of 64 KiB: if we kept those, they and the
 * Blobs made of them would wait for the garbage collector by the hundred megabytes, in the browser's process too.
 */
export class PartBuffer {
  #full: Uint8Array<ArrayBuffer>[] = [];
  #current = new Uint8Array(0);
  #filled = 0;
  #sizeBytes = 0;
  #lastPartBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(chunk: Uint8Array): void {
    if (this.#filled + chunk.byteLength > this.#current.byteLength) this.#grow(chunk.byteLength);
    this.#current.set(chunk, this.#filled);
    this.#filled += chunk.byteLength;
    this.#sizeBytes += chunk.byteLength;
  }

  /** Empties the buffer. @returns what was in it */
  take(): Uint8Array<ArrayBuffer>[] {
    const parts = [...this.#full, this.#current.subarray(0, this.#filled)];
    if (this.#sizeBytes > 0) this.#lastPartBytes = this.#sizeBytes;
    this.#full = [];
    this.#current = new Uint8Array(0);
    this.#filled = 0;
    this.#sizeBytes = 0;
    return parts;
  }

  /** Each buffer is as large as all before it; the first one of a part is a little larger than the last part. */
  #grow(neededBytes: number): void {
    if (this.#filled > 0) this.#full.push(this.#current.subarray(0, this.#filled));
    const expectedBytes = this.#sizeBytes === 0 ? Math.ceil(this.#lastPartBytes * 1.125) : this.#sizeBytes;
    this.#current = new Uint8Array(Math.max(neededBytes, expectedBytes));
    this.#filled = 0;
  }
}
