import "fake-indexeddb/auto";
import { expect, it, vi } from "vitest";
import { changeFact, readFact } from "../../../src/store/facts.ts";
import { withDatabase } from "../../../src/store/with-database.ts";

const SCOPE = "https://app.test/with-database/";

it("uses the database of a scope, and closes it, also if the use fails", async () => {
  const closes = vi.spyOn(IDBDatabase.prototype, "close");
  await withDatabase(SCOPE, (database) => changeFact(database, "a", () => 1));
  expect(await withDatabase(SCOPE, (database) => readFact(database, "a"))).toBe(1);
  const failing = withDatabase(SCOPE, async (database) => {
    await readFact(database, "a");
    throw new Error("odd");
  });
  await expect(failing).rejects.toThrow("odd");
  await vi.waitFor(() => expect(closes).toHaveBeenCalledTimes(3));
  closes.mockRestore();
});
