import { expect, it, vi } from "vitest";
import { changeFact, readFact } from "../../../src/store/facts.ts";
import { useDatabases } from "../../support/fake-database.ts";

const newDatabase = useDatabases();

it("a fact is kept under its name, and a change returns what was kept before", async () => {
  const database = newDatabase();
  expect(await readFact(database, "a")).toBeUndefined();
  const changeTo = (next: (kept: unknown) => unknown) => changeFact(database, "a", next);
  expect(await changeTo(() => 1)).toBeUndefined();
  expect(await changeTo((kept) => Number(kept) + 1)).toBe(1);
  expect(await changeTo((kept) => kept)).toBe(2);
  expect([await readFact(database, "a"), await readFact(database, "b")]).toEqual([2, undefined]);
});

it("a fact that stays as it is is not written", async () => {
  const database = newDatabase();
  await changeFact(database, "a", () => ["kept"]);
  const puts = vi.spyOn(IDBObjectStore.prototype, "put");
  await changeFact(database, "a", (kept) => kept);
  expect(puts).not.toHaveBeenCalled();
  puts.mockRestore();
});
