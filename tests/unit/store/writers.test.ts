import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

/** Which module writes which store; ARCHITECTURE.md says on whose behalf. */
const WRITERS: Record<string, readonly string[]> = {
  "sessions.put": ["store/sessions.ts"],
  "sessions.delete": ["store/sessions.ts"],
  "tasks.add": ["store/insert.ts"],
  // The contract of upload protocols puts a state of another version on disk.
  "tasks.put": ["store/tasks.ts", "testing/contract-cases.ts"],
  "tasks.delete": ["store/sessions.ts", "store/sweep.ts"],
  "bodies.add": ["store/insert.ts"],
  "bodies.delete": ["store/bodies.ts", "store/sessions.ts"],
  "parts.put": ["store/parts.ts"],
  "parts.delete": ["store/parts.ts", "store/sessions.ts"],
  "outbox.add": ["store/owed-events.ts"],
  "outbox.put": ["store/outbox.ts"],
  "outbox.delete": ["store/outbox.ts", "store/owed-events.ts", "store/sessions.ts", "store/sweep.ts"],
  "launches.put": ["store/launches.ts"],
  "launches.delete": ["store/launches.ts", "store/sessions.ts"],
  "facts.put": ["store/facts.ts"],
  // In the databases of workbox and Serwist.
  "requests.add": ["workbox/old-queue.ts"],
  "requests.put": ["workbox/old-queue.ts"],
  "requests.delete": ["workbox/old-queue.ts"],
};

const SRC = new URL("../../../src/", import.meta.url);
/** Matches a store taken from a transaction, for one call or under a name. */
const TAKEN = /(?:(\w+)(?: = |: ))?(?:unwrap\()?\w+\s*\.objectStore\("(\w+)"\)\)?(?:\s*\.(\w+)\()?/g;
const WRITES = ["add", "put", "delete", "clear"];

/** Lists the writes in a source text as `store.method`. */
function writesIn(source: string): string[] {
  const taken = [...source.matchAll(TAKEN)];
  // A store taken in any other form would be overlooked.
  expect(taken.length, "each store is taken in a form that this test knows").toBe(
    source.split("objectStore(").length - 1,
  );
  expect(source, "no cursor writes").not.toMatch(/\.open(?:Key)?Cursor\(.*(?:update|delete)/);
  const writes = taken.flatMap(([, name, store, method]) => {
    if (method !== undefined) return WRITES.includes(method) ? [`${store}.${method}`] : [];
    expect(name, `the store ${store} has a name`).toBeDefined();
    const calls = source.matchAll(new RegExp(`\\b${name}\\s*\\.(${WRITES.join("|")})\\(`, "g"));
    return [...calls].map(([, write]) => `${store}.${write}`);
  });
  return [...new Set(writes)];
}

async function writersIn(directory: URL): Promise<Record<string, string[]>> {
  const names = await readdir(directory, { recursive: true });
  const writers: Record<string, string[]> = {};
  for (const name of names.filter((it) => it.endsWith(".ts")).sort()) {
    for (const write of writesIn(await readFile(new URL(name, directory), "utf8"))) {
      writers[write] = [...(writers[write] ?? []), name];
    }
  }
  return writers;
}

describe("the writers of the stores", () => {
  it("are the modules in the table, and no others", async () => {
    expect(await writersIn(SRC)).toEqual(WRITERS);
  });

  it.each([
    ['await tx.objectStore("tasks").put(row);', "tasks.put"],
    ['const rows = tx.objectStore("tasks");\n  await rows.delete(key);', "tasks.delete"],
    ['const stores = { raw: unwrap(tx.objectStore("parts")) };\n  stores.raw.add(part);', "parts.add"],
    ['tx\n    .objectStore("facts")\n    .clear();', "facts.clear"],
  ])("are found in %j", (source, write) => {
    expect(writesIn(source)).toEqual([write]);
  });

  it("cannot hide in another form", () => {
    expect(() => writesIn("tx.objectStore(name).put(row)")).toThrow();
    expect(() => writesIn('write(tx.objectStore("tasks"))')).toThrow();
  });
});
