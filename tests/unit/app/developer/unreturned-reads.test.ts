import "fake-indexeddb/auto";
import { openDB } from "idb";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { warnIfNotReturned } from "../../../../src/app/developer/unreturned-reads.ts";

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

const database = await openDB("app", 1, { upgrade: (made) => made.createObjectStore("files") });

/** What an app does with the file that it is given. */
const read = (file: File): Promise<string> => file.text();
const readLater = async (file: File): Promise<string> => {
  await later();
  return file.text();
};
const store = (file: File): Promise<IDBValidKey> => database.put("files", { file }, "key");

type Use = (file: File) => unknown;

const CORRECT: Readonly<Record<string, Use>> = {
  "returns the promise": read,
  "returns the promise of a later read": readLater,
  "returns the promise of a database": store,
  "awaits it": async (file) => {
    await readLater(file);
    await store(file);
  },
  "goes on after the read": (file) => file.text().then(later),
  "waits for several": (file) => Promise.all([file.text(), file.arrayBuffer(), store(file)]),
  "reads the stream and awaits its end": async (file) => {
    for await (const _ of file.stream());
  },
  "does nothing with it": () => {},
  "only looks at it": ({ name, size }) => `${name} ${size}`,
  "throws, and the file comes again": (file) => {
    void read(file);
    throw new Error("it is not done");
  },
  "rejects, and the file comes again": async (file) => {
    void readLater(file);
    throw new Error("it is not done");
  },
};

const MISTAKES: Readonly<Record<string, Use>> = {
  "reads in the same turn": (file) => void read(file),
  "reads a stream": (file) => void file.stream(),
  "reads later": (file) => void readLater(file),
  "stores in the same turn": (file) => void store(file),
  "stores later": (file) => void later().then(() => store(file)),
  "does not await the read": async (file) => void read(file),
  "does not await the later read": async (file) => void readLater(file),
  "does not await the database": async (file) => void store(file),
  "returns another promise": (file) => {
    void later()
      .then(later)
      .then(() => read(file));
    return later();
  },
};

let warn: MockInstance<typeof console.warn>;
beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

/** Has the app use a file; fulfils when it is done, and what it has left undone as well. */
async function play(who: string, use: Use): Promise<void> {
  const file = new File(["bytes"], "file.txt");
  try {
    await warnIfNotReturned(who, use)(file);
  } catch (error) {
    expect(String(error)).toContain("it is not done");
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}

describe("a function that is given a file", () => {
  it.each(Object.entries(CORRECT))("is not warned of if it %s", async (name, use) => {
    await play(`Who ${name}`, use);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each(Object.entries(MISTAKES))("is warned of once if it %s", async (name, use) => {
    await play(`Who ${name}`, use);
    await play(`Who ${name}`, use);
    expect(warn.mock.calls).toEqual([[expect.stringContaining(`Who ${name} began to read a file`)]]);
  });

  it("is not warned of if a later one reads it: the bytes are there until that has settled", async () => {
    const kept: File[] = [];
    const keep = warnIfNotReturned("Who keeps it", (file: File) => void kept.push(file));
    const readKept = warnIfNotReturned("Who reads the kept one", async () => {
      await later();
      await Promise.all(kept.map(read));
    });
    keep(new File(["bytes"], "file.txt"));
    await readKept();
    expect(warn).not.toHaveBeenCalled();
  });

  it("reads and stores what it would without this", async () => {
    const file = new File(["bytes"], "file.txt");
    const watched = warnIfNotReturned("Who stores it", async (given: File) => {
      await store(given);
      return [await given.text(), await given.slice(1, 3).text()];
    });
    expect(await watched(file)).toEqual(["bytes", "yt"]);
    expect(Object.keys(file)).toEqual([]);
    expect(await database.count("files")).toBe(1);
  });
});
