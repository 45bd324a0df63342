import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Database } from "../../../../src/store/database.ts";
import { lengthOf, readParts } from "../../../../src/store/parts.ts";
import type { PartRow } from "../../../../src/store/schema.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import { Unwanted } from "../../../../src/sw/decisions/attempt-errors.ts";
import { PART_BYTES, PartWriter } from "../../../../src/sw/transports/part-writer.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { casesOf } from "../../../support/fuzz.ts";
import { everythingIn, insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";

const FILE = { fileId: "key/0", isTotalSure: false, isSameOrigin: true };

describe("PartWriter", () => {
  const newDatabase = useDatabases();
  afterEach(() => void vi.unstubAllGlobals());

  async function databaseWithTask(): Promise<Database> {
    const database = newDatabase();
    await insert(database, taskRow({ key: "key" }));
    return database;
  }

  function writerOn(database: Database, stored: readonly PartRow[] = [], now = () => 0): PartWriter {
    const change = { file: FILE };
    return new PartWriter({ database, session: "session", key: "key", fileId: "key/0", stored, change, now });
  }

  function partsOf(database: Database): Promise<PartRow[]> {
    return readParts(database, "session", "key/0");
  }

  async function bytesOf(parts: readonly PartRow[]): Promise<number[]> {
    return [...new Uint8Array(await new Blob(parts.map((part) => part.bytes)).arrayBuffer())];
  }

  it("leaves contiguous parts with the right bytes, whatever their sizes and however often it was stopped", async () => {
    const anyPart = fc.uint8Array({ minLength: 1, maxLength: 9 }) as fc.Arbitrary<Uint8Array<ArrayBuffer>>;
    const runs = fc.array(fc.array(anyPart, { maxLength: 40 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(runs, async (parts) => {
        const database = await databaseWithTask();
        const expected: number[] = [];
        for (const run of parts) {
          // A new worker: it knows only what is on disk.
          const writer = writerOn(database, await partsOf(database));
          for (const bytes of run) {
            await writer.write(bytes);
            await writer.flush();
            expected.push(...bytes);
          }
        }
        const stored = await partsOf(database);
        expect(await bytesOf(stored)).toEqual(expected);
        const { parts: all, tasks } = await everythingIn(database);
        expect(all.length).toBe(stored.length);
        // Each is at least twice as large as the next one.
        expect(2 ** (all.length - 1)).toBeLessThanOrEqual(Math.max(1, expected.length));
        expect(tasks[0]?.bytesReceived).toBe(expected.length);
      }),
      { numRuns: casesOf(30) },
    );
  });

  it("an empty chunk leaves nothing that could replace a later file", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const database = await databaseWithTask();
      const writer = writerOn(database);
      await writer.write(new Uint8Array());
      await writer.flush();
      expect(vi.getTimerCount()).toBe(0);
      expect((await everythingIn(database)).tasks[0]?.file).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it("two equal parts become one", async () => {
    const database = await databaseWithTask();
    const writer = writerOn(database);
    const sizes: number[][] = [];
    for (let count = 1; count <= 16; count += 1) {
      await writer.write(Uint8Array.of(count));
      await writer.flush();
      sizes.push((await partsOf(database)).map(({ sizeBytes }) => sizeBytes));
    }
    expect(sizes.slice(5, 8)).toEqual([[4, 2], [4, 2, 1], [8]]);
    expect(sizes.at(-1)).toEqual([16]);
  });

  it.each([8_000, 64_000])("at %d bytes a second, each byte is written less than ten times", async (rate) => {
    vi.stubGlobal("Blob", NumberOfBytes);
    const database = await databaseWithTask();
    const writer = writerOn(database);
    let writtenBytes = 0;
    for (let second = 1; writer.length < 8 * 2 ** 20; second += 1) {
      // The line is not steady.
      const sizeBytes = rate / 2 + ((second * 7919) % rate);
      await writer.write({ byteLength: sizeBytes } as Uint8Array<ArrayBuffer>);
      await writer.flush();
      writtenBytes += (await everythingIn(database)).parts.at(-1)?.sizeBytes ?? 0;
    }
    expect(writtenBytes).toBeGreaterThanOrEqual(writer.length);
    expect(writtenBytes).toBeLessThan(10 * writer.length);
  });

  // Eight times 525,000 is just more than a small part may have.
  it.each([300_000, 525_000, 1_000_000])(
    "a GiB at %d bytes a second leaves no more than 1,000 parts",
    async (rate) => {
      // The bytes do not matter here, and a GiB of them would not fit: only their number is kept.
      vi.stubGlobal("Blob", NumberOfBytes);
      const database = await databaseWithTask();
      const gibibyte = 2 ** 30;
      const clock = { now: 0 };
      const writer = writerOn(database, [], () => clock.now);
      for (let written = 0; written < gibibyte; written += rate) {
        await writer.write({ byteLength: 1 } as Uint8Array<ArrayBuffer>);
        clock.now += 1_000;
        await writer.write({ byteLength: rate - 1 } as Uint8Array<ArrayBuffer>);
      }
      await writer.flush();
      const { parts } = await everythingIn(database);
      expect(lengthOf(parts)).toBeGreaterThanOrEqual(gibibyte);
      expect(parts.length).toBeLessThanOrEqual(1_000);
    },
    // Thousands of transactions: a busy machine takes long.
    180_000,
  );

  // On a fast link, 8 MiB are less than 100 ms of it.
  it.each([
    [10_000, 10_000],
    [1_000_000, 1_000_000],
    [7_000_000, 7_000_000],
    [50_000_000, 2 ** 23],
    [200_000_000, 20_000_000],
    [500_000_000, 2 ** 25],
  ])("a kill at %d bytes a second loses at most %d bytes", async (rate, bytes) => {
    vi.stubGlobal("Blob", NumberOfBytes);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const database = await databaseWithTask();
    const clock = { now: 0 };
    const writer = writerOn(database, [], () => clock.now);
    const chunkBytes = rate / 100;
    let most = 0;
    for (const checkpointMs = (1_000 * bytes) / rate; clock.now < 2.2 * checkpointMs; clock.now += 10) {
      await writer.write({ byteLength: chunkBytes } as Uint8Array<ArrayBuffer>);
      await macrotasks(10);
      const row = await readTask(database, "session", "key");
      most = Math.max(most, writer.length - (row?.bytesReceived ?? 0));
      vi.advanceTimersByTime(10);
    }
    vi.useRealTimers();
    await writer.flush();
    // What arrives in the moment of a checkpoint belongs to the next.
    expect(most).toBeLessThanOrEqual(bytes + 2 * chunkBytes);
    // Smaller parts would cost the disk more.
    expect(most).toBeGreaterThanOrEqual(bytes - 2 * chunkBytes);
  });

  it("writes a part when it is full, though less than a second has passed", async () => {
    const database = await databaseWithTask();
    const clock = { now: 0 };
    const writer = writerOn(database, [], () => clock.now);
    await writer.write(new Uint8Array(1));
    clock.now = 100;
    await writer.write(new Uint8Array(PART_BYTES));
    expect(writer.hasWritten).toBe(true);
    await writer.flush();
    expect(lengthOf(await partsOf(database))).toBe(PART_BYTES + 1);
  });

  it("writes after a second, though no more bytes come", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const database = await databaseWithTask();
    const writer = writerOn(database);
    await writer.write(Uint8Array.of(1));
    vi.advanceTimersByTime(999);
    expect(writer.hasWritten).toBe(false);
    vi.advanceTimersByTime(1);
    expect(writer.hasWritten).toBe(true);
    vi.useRealTimers();
    await writer.flush();
    expect(await bytesOf(await partsOf(database))).toEqual([1]);
  });

  it("rejects if the task does not want the bytes, and stores none", async () => {
    const database = await databaseWithTask();
    await database.write(["tasks"], "relaxed", (tx) => tx.objectStore("tasks").delete(["session", "key"]));
    const writer = writerOn(database);
    await writer.write(Uint8Array.of(1));
    await expect(writer.flush()).rejects.toBeInstanceOf(Unwanted);
    await expect(writer.write(Uint8Array.of(2))).rejects.toBeInstanceOf(Unwanted);
    expect((await everythingIn(database)).parts).toEqual([]);
  });

  it("returns a small body instead of writing it", async () => {
    const database = await databaseWithTask();
    const writer = writerOn(database);
    await writer.write(Uint8Array.of(1, 2));
    await writer.write(Uint8Array.of(3));
    expect(new Uint8Array(await writer.take())).toEqual(Uint8Array.of(1, 2, 3));
    await writer.flush();
    expect((await everythingIn(database)).parts).toEqual([]);
  });

  it("what was behind a gap does not come back when the gap is filled", async () => {
    const database = await databaseWithTask();
    const writer = writerOn(database);
    for (const bytes of [
      [1, 2, 3, 4, 5, 6, 7, 8],
      [9, 9, 9, 9],
      [9, 9],
    ]) {
      await writer.write(Uint8Array.from(bytes));
      await writer.flush();
    }
    await database.write(["parts"], "relaxed", (tx) =>
      tx.objectStore("parts").delete(["session", "key/0", 8]),
    );
    const successor = writerOn(database, await partsOf(database));
    await successor.write(Uint8Array.of(9, 10, 11));
    await successor.flush();
    expect(await bytesOf(await partsOf(database))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect((await everythingIn(database)).parts.length).toBe(2);
  });

  it("merges no stored part into a file that starts again under the same name", async () => {
    const database = await databaseWithTask();
    const old = writerOn(database);
    for (const bytes of [
      [1, 2],
      [3, 4],
    ]) {
      await old.write(Uint8Array.from(bytes));
      await old.flush();
    }
    const anew = writerOn(database);
    await anew.write(Uint8Array.of(8, 9));
    await anew.flush();
    expect(await bytesOf(await partsOf(database))).toEqual([8, 9]);
  });
});

/** A Blob that only knows its size. */
class NumberOfBytes {
  readonly size: number;

  constructor(parts: readonly { readonly size?: number; readonly byteLength?: number }[] = []) {
    this.size = parts.reduce((sum, part) => sum + (part.size ?? part.byteLength ?? 0), 0);
  }
}
