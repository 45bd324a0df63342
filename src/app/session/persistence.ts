import { within } from "../../async/within.ts";
import type { Database } from "../../store/database.ts";
import { changeFact } from "../../store/facts.ts";

const FACT = "persistence-asked";
/** Firefox asks the user, and settles the promise never if the user does not answer. */
const ANSWER_MS = 30_000;

/** Asks the browser once not to evict the origin's data (X6). Never rejects, and nobody has to wait for it. */
export async function askForPersistence(database: Database): Promise<void> {
  const storage = globalThis.navigator?.storage as StorageManager | undefined;
  if (typeof storage?.persist !== "function") return;
  const asked = await changeFact(database, FACT, (kept) => kept ?? true);
  if (asked !== undefined || (await storage.persisted())) return;
  await within(ANSWER_MS, storage.persist());
}
