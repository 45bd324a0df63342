import { describe, expect, it } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import {
  appendPart,
  dropParts,
  isDamaged,
  isSmall,
  lengthOf,
  partsBeyondGaps,
  putShortFile,
  readParts,
  usableOf,
} from "../../../src/store/parts.ts";
import type { PartRow } from "../../../src/store/schema.ts";
import { changeTask, readTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { everythingIn, insert } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

describe("parts", () => {
  const newDatabase = useDatabases();

  function append(database: Database, fileId: string, offset: number, text: string): Promise<boolean> {
    return appendPart(database, {
      session: "session",
      key: "key",
      fileId,
      offset,
      bytes: new Blob([text]),
      isFirst: offset === 0,
      change: offset === 0 ? { file: { fileId, isTotalSure: false, isSameOrigin: true } } : {},
    });
  }

  /** Appends parts to the first file, one after the other. */
  async function appendEach(database: Database, ...texts: readonly string[]): Promise<void> {
    let offset = 0;
    for (const text of texts) {
      await append(database, "key/0", offset, text);
      offset += text.length;
    }
  }

  async function databaseWithTask(): Promise<Database> {
    const database = newDatabase();
    await insert(database, taskRow({ key: "key" }));
    return database;
  }

  it("a checkpoint writes the bytes and the row that counts them", async () => {
    const database = await databaseWithTask();
    expect(await append(database, "key/0", 0, "abc")).toBe(true);
    expect(await append(database, "key/0", 3, "de")).toBe(true);
    expect(await readTask(database, "session", "key")).toMatchObject({ bytesReceived: 5, farthest: 5 });
    expect(lengthOf(await readParts(database, "session", "key/0"))).toBe(5);
  });

  it("the first part of a new file replaces the old file", async () => {
    const database = await databaseWithTask();
    await append(database, "key/0", 0, "abc");
    await append(database, "key/1", 0, "x");
    expect((await everythingIn(database)).parts.map(({ fileId }) => fileId)).toEqual(["key/1"]);
    expect(await readTask(database, "session", "key")).toMatchObject({ bytesReceived: 1, farthest: 3 });
  });

  it("a part of a range leaves the parts of the other ranges, and the row counts as it is told", async () => {
    const database = await databaseWithTask();
    const file = { fileId: "key/0", isTotalSure: false, isSameOrigin: true };
    const write = (offset: number, text: string, end: number) =>
      appendPart(database, {
        ...{ session: "session", key: "key", fileId: "key/0", offset, bytes: new Blob([text]) },
        ...{ isFirst: true, change: { file } },
        range: {
          end,
          count: (row, part) => {
            expect(part).toEqual({ offset, sizeBytes: text.length });
            return { bytesReceived: row.bytesReceived + part.sizeBytes };
          },
        },
      });
    await write(10, "klm", 20);
    await write(0, "abc", 10);
    await write(3, "de", 10);
    await write(3, "DEF", 10);
    const { parts, tasks } = await everythingIn(database);
    expect(parts.map(({ offset, sizeBytes }) => [offset, sizeBytes])).toEqual([
      [0, 3],
      [3, 3],
      [10, 3],
    ]);
    expect(tasks[0]?.bytesReceived).toBe(11);
    // An earlier version, or a daemon without parallel ranges, trusts none of them.
    expect(await readParts(database, "session", "key/0", 6)).toEqual([]);
  });

  it("drops ranges of a file, and counts what is left, unless the task has ended or begun another file", async () => {
    const database = await databaseWithTask();
    const drop = async (fileId: string, key = "key") => {
      const row = taskRow({ key });
      await dropParts(database, row, fileId, [[3, 5]], { bytesReceived: 3 });
      const offsets = (await partsBeyondGaps(database, "session", "key/0")).map(({ offset }) => offset);
      return [offsets, (await readTask(database, "session", "key"))?.bytesReceived];
    };
    // It has no file yet.
    expect(await drop("key/0")).toEqual([[], 0]);
    await appendEach(database, "abc", "de", "f");
    expect(await drop("key/1")).toEqual([[0, 3, 5], 6]);
    expect(await drop("key/0", "gone")).toEqual([[0, 3, 5], 6]);
    expect(await drop("key/0")).toEqual([[0, 5], 3]);
    await append(database, "key/0", 3, "xyz");
    await changeTask(database, "session", "key", "strict", (row) => transition(row, "finish", 0));
    expect(await drop("key/0")).toEqual([[0, 3], 6]);
  });

  it("a short file is one part, and is read as any other", async () => {
    const database = newDatabase();
    const bytes = new TextEncoder().encode("abc").buffer as ArrayBuffer;
    await database.write(["parts"], "relaxed", (tx) => putShortFile(tx, "session", "key/0", bytes));
    const parts = await readParts(database, "session", "key/0", 3);
    expect(await Promise.all(parts.map((part) => part.bytes.text()))).toEqual(["abc"]);
  });

  it("a part without its bytes, or with others, is damaged", () => {
    const part = { session: "session", fileId: "key/0", offset: 0, sizeBytes: 3, level: 0 };
    expect(isDamaged({ ...part, bytes: new Blob(["abc"]) })).toBe(false);
    expect(isDamaged({ ...part, bytes: new Blob(["ab"]) })).toBe(true);
    expect(isDamaged({ ...part, bytes: undefined as never })).toBe(true);
  });

  it("late bytes for the old file are refused", async () => {
    const database = await databaseWithTask();
    await append(database, "key/0", 0, "abc");
    await append(database, "key/1", 0, "x");
    expect(await append(database, "key/0", 3, "de")).toBe(false);
    expect((await everythingIn(database)).parts.length).toBe(1);
  });

  it("bytes for a finished or deleted task are refused", async () => {
    const database = await databaseWithTask();
    await changeTask(database, "session", "key", "strict", (row) => transition(row, "finish", 0));
    expect(await append(database, "key/0", 0, "abc")).toBe(false);
    expect(await append(newDatabase(), "key/0", 0, "abc")).toBe(false);
    expect((await everythingIn(database)).parts).toEqual([]);
  });

  it.each([
    ["in the middle", 3, ["abc"]],
    ["at the beginning", 0, []],
  ])("reading stops at a gap %s", async (_, offset, left) => {
    const database = await databaseWithTask();
    await appendEach(database, "abc", "de", "f");
    await database.write(["parts"], "relaxed", (tx) =>
      tx.objectStore("parts").delete(["session", "key/0", offset]),
    );
    const parts = await readParts(database, "session", "key/0");
    expect(await Promise.all(parts.map((part) => part.bytes.text()))).toEqual(left);
  });

  it("parts that do not end where the row says are ignored: one of them may be in the wrong place", async () => {
    const database = await databaseWithTask();
    await append(database, "key/0", 0, "abc");
    await append(database, "key/0", 3, "de");
    expect(await readParts(database, "session", "key/0", 5)).toHaveLength(2);
    await database.write(["parts"], "relaxed", async (tx) => {
      const parts = tx.objectStore("parts");
      const part = await parts.get(["session", "key/0", 3]);
      await parts.delete(["session", "key/0", 3]);
      await parts.put({ ...(part as never as object), offset: 0 } as never);
    });
    expect(await readParts(database, "session", "key/0", 5)).toEqual([]);
  });

  it("reading stops at a part that lost some of its bytes", async () => {
    const database = await databaseWithTask();
    await appendEach(database, "abc", "de");
    await database.write(["parts"], "relaxed", async (tx) => {
      const parts = tx.objectStore("parts");
      const part = await parts.get(["session", "key/0", 0]);
      await parts.put({ ...(part as never as object), bytes: new Blob(["a"]) } as never);
    });
    expect(await readParts(database, "session", "key/0")).toEqual([]);
  });
});

describe("usableOf", () => {
  function part(offset: number, isReadable: boolean): PartRow {
    const bytes = new Blob(["abc"]);
    if (!isReadable) {
      const lost = new Blob(["a"]);
      lost.arrayBuffer = () => Promise.reject(new DOMException("", "NotFoundError"));
      bytes.slice = () => lost;
      bytes.arrayBuffer = lost.arrayBuffer;
    }
    return { session: "session", fileId: "key/0", offset, sizeBytes: 3, bytes, level: 0 };
  }

  it("reads the small parts at the end into memory, and leaves the large ones on disk", async () => {
    const large = { ...part(0, true), sizeBytes: 4 * 1024 * 1024 };
    expect([large, { sizeBytes: large.sizeBytes - 1 }].map(isSmall)).toEqual([false, true]);
    const small = { ...part(large.sizeBytes, true) };
    const [first, last] = await usableOf([large, small]);
    expect(first?.bytes).toBe(large.bytes);
    expect(last?.bytes).not.toBe(small.bytes);
    expect(await last?.bytes.text()).toBe(await small.bytes.text());
  });

  it("leaves a large part out that cannot be read, and what follows it", async () => {
    const lost = { ...part(0, false), sizeBytes: 4 * 1024 * 1024 };
    expect(await usableOf([lost])).toEqual([]);
    expect(await usableOf([lost, part(lost.sizeBytes, true)])).toEqual([]);
  });

  it.each([
    ["all readable parts", [true, true, true], 9],
    ["everything before a lost part at the end", [true, true, false], 6],
    ["everything before two lost parts at the end", [true, false, false], 3],
    ["nothing if every part is lost", [false], 0],
    ["nothing if there are no parts", [], 0],
  ])("keeps %s", async (_, readable, length) => {
    const parts = readable.map((isReadable, index) => part(index * 3, isReadable));
    expect(lengthOf(await usableOf(parts))).toBe(length);
  });
});
