import "fake-indexeddb/auto";
import { afterEach } from "vitest";
import { Database } from "../../src/store/database.ts";

let count = 0;

/** A name that no test has used: each test has its own disk. */
export function freshName(): string {
  count += 1;
  return `test-${count}`;
}

/** Makes new databases in memory, and closes them when the test is over. Node's Blobs are stored as they are. */
export function useDatabases(): () => Database {
  const open: Database[] = [];
  afterEach(() => {
    for (const database of open.splice(0)) database.close();
  });
  return () => {
    const database = new Database(freshName());
    open.push(database);
    return database;
  };
}
