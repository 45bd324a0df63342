import { namesOf } from "../protocol/names.ts";
import { Database } from "./database.ts";

/** Opens the database of a scope for one use, and closes it. */
export async function withDatabase<Result>(
  scope: string,
  use: (database: Database) => Promise<Result>,
): Promise<Result> {
  const database = new Database(namesOf(scope).database);
  try {
    return await use(database);
  } finally {
    database.close();
  }
}
