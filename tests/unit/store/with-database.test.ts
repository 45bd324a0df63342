import "fake-indexeddb/auto";
import { expect, it } from "vitest";
import { namesOf } from "../../../src/protocol/names.ts";
import { changeFact, readFact } from "../../../src/store/facts.ts";
import { withDatabase } from "../../../src/store/with-database.ts";

const SCOPE = "https://app.test/with-database/";

/** The database can be deleted only if no connection to it is open. */
function deletion(name: string): Promise<"deleted" | "blocked"> {
  const request = indexedDB.deleteDatabase(name);
  return new Promise((resolve) => {
    request.onsuccess = () => resolve("deleted");
    request.onblocked = () => resolve("blocked");
  });
}

it("uses the database of a scope, and closes it, also if the use fails", async () => {
  await withDatabase(SCOPE, (database) => changeFact(database, "a", () => 1));
  expect(await withDatabase(SCOPE, (database) => readFact(database, "a"))).toBe(1);
  const failing = withDatabase(SCOPE, async (database) => {
    await readFact(database, "a");
    throw new Error("odd");
  });
  await expect(failing).rejects.toThrow("odd");
  expect(await deletion(namesOf(SCOPE).database)).toBe("deleted");
});
