import "fake-indexeddb/auto";
import { expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { Database } from "../../../../src/store/database.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { Configurations } from "../../../../src/sw/runs/configurations.ts";
import { taskRow } from "../../../support/task-row.ts";

it("what a task has of its own is joined with its session's configuration once, until that changes", async () => {
  const database = new Database(`configurations-${crypto.randomUUID()}`);
  const configurations = new Configurations(database);
  const row = taskRow({ settings: { timeoutIntervalForRequest: 5 } });
  const store = async (maximumConnections: number): Promise<void> => {
    await openStoredSession(database, row.session, { ...DEFAULT_CONFIGURATION, maximumConnections });
    await configurations.refresh();
  };
  await store(3);
  const first = configurations.of(row);
  expect(first).toEqual({ ...DEFAULT_CONFIGURATION, maximumConnections: 3, timeoutIntervalForRequest: 5 });
  expect(configurations.of({ ...row })).toBe(first);
  expect(configurations.of(taskRow())).toMatchObject({
    maximumConnections: 3,
    timeoutIntervalForRequest: 60,
  });
  await store(4);
  expect(configurations.of(row)).toMatchObject({ maximumConnections: 4, timeoutIntervalForRequest: 5 });
  database.close();
});
