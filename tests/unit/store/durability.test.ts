import { expect, it, vi } from "vitest";
import { changeTasks } from "../../../src/store/change-tasks.ts";
import type { Database } from "../../../src/store/database.ts";
import { beginLaunch, endLaunch } from "../../../src/store/launches.ts";
import { acknowledgeEvents, readEvents } from "../../../src/store/outbox.ts";
import { deleteStoredSession, openStoredSession } from "../../../src/store/sessions.ts";
import { transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { insert } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

const newDatabase = useDatabases();

/** The durability that IndexedDB is asked for by what `act` writes. */
async function durabilityOf(database: Database, act: () => Promise<unknown>): Promise<unknown[]> {
  const transaction = vi.spyOn(IDBDatabase.prototype, "transaction");
  try {
    await database.open();
    await act();
    const writes = transaction.mock.calls.filter(([, mode]) => mode === "readwrite");
    return writes.map(([, , options]) => options?.durability);
  } finally {
    transaction.mockRestore();
  }
}

it("what a caller was promised survives a loss of power; what can be done again need not", async () => {
  const database = newDatabase();
  const row = taskRow({ kind: "data" });
  const of = (act: () => Promise<unknown>) => durabilityOf(database, act);
  expect(await of(() => openStoredSession(database, "session", undefined))).toEqual(["strict"]);
  expect(await of(() => insert(database, row))).toEqual(["strict"]);
  const finish = {
    session: "session",
    key: row.key,
    change: (it: typeof row) => transition(it, "finish", 1),
  };
  expect(await of(() => changeTasks(database, [finish]))).toEqual(["strict"]);
  expect(await of(() => beginLaunch(database, "session", 1))).toEqual(["strict"]);
  const events = await readEvents(database, "session", 0);
  expect(events).toHaveLength(1);
  // If it is lost, the event comes again under its id.
  expect(await of(() => acknowledgeEvents(database, events, 2))).toEqual(["relaxed"]);
  expect(await of(() => endLaunch(database, "session", 1))).toEqual(["strict"]);
  expect(await of(() => deleteStoredSession(database, "session"))).toEqual(["strict"]);
});
