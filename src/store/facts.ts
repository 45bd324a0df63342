import type { Database } from "./database.ts";

/** Reads a single fact about the scope; undefined if it is not known. */
export function readFact(database: Database, name: string): Promise<unknown> {
  return database.read(["facts"], (tx) => tx.objectStore("facts").get(name));
}

/** Asks `change` for the new value of a fact and keeps that. @returns what was kept before */
export function changeFact(
  database: Database,
  name: string,
  change: (kept: unknown) => unknown,
): Promise<unknown> {
  return database.write(["facts"], "relaxed", async (tx) => {
    const facts = tx.objectStore("facts");
    const kept = await facts.get(name);
    const next = change(kept);
    if (next !== kept) await facts.put(next, name);
    return kept;
  });
}
