import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { insertTasks } from "../../../../src/store/insert.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { changeTask, readTask } from "../../../../src/store/tasks.ts";
import { afterOutcome } from "../../../../src/sw/decisions/after-outcome.ts";
import { nextStep } from "../../../../src/sw/decisions/finishing.ts";
import type { Outcome } from "../../../../src/sw/decisions/outcome.ts";
import { plan } from "../../../../src/sw/decisions/scheduler.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { insert } from "../../../support/stored.ts";
import { requestRecord, taskRow } from "../../../support/task-row.ts";
import { quietAt } from "../../../support/transport-conditions.ts";

const FACTS = { now: 5, jitter: 0, configuration: DEFAULT_CONFIGURATION };
const response = {
  url: "https://app.test/file",
  status: 200,
  statusText: "OK",
  headers: {},
  redirected: false,
};
const file = {
  fileId: "file",
  total: 100,
  isTotalSure: true,
  isSameOrigin: true,
  validator: { kind: "etag", value: '"1"' },
} as const;
const request = { ...requestRecord("https://app.test/file"), integrity: `sha256-${"A".repeat(43)}=` };
const DESTINATION = { opfs: "file" };
const VERIFIED = {
  response,
  file,
  request,
  destination: DESTINATION,
  bytesReceived: 100,
  isReceived: true,
  isVerified: true,
} as const;

const RECEIVED_ANEW: Outcome = {
  kind: "finished",
  response,
  file: { ...file, fileId: "new" },
  bytesReceived: 100,
};

describe("a download with an integrity and a destination that was checked", () => {
  const newDatabase = useDatabases();

  it("is checked again if its bytes were gone before it was placed and came anew", () => {
    const lost: Outcome = {
      kind: "restart",
      reason: "bytes that were to be placed are gone",
      isUnranged: false,
    };
    const again = afterOutcome(taskRow(VERIFIED), lost, FACTS);
    expect(nextStep(afterOutcome(again, RECEIVED_ANEW, FACTS))).toBe("verify");
  });

  it("is checked again if its bytes could not be read and a successor received them anew", async () => {
    const database = newDatabase();
    await insert(database, taskRow({ ...VERIFIED, key: "before" }));
    const unread: Outcome = { kind: "failed", failure: { code: "storage-lost", message: "" } };
    await changeTask(database, "session", "before", "strict", (row) => afterOutcome(row, unread, FACTS));
    const row = taskRow({ key: "after", request, destination: DESTINATION });
    const predecessor = { key: "before", mustResume: false, hasBody: false };
    await insertTasks(database, [{ row, onDuplicate: "keep", predecessor }], 0);
    const after = (await readTask(database, "session", "after")) as TaskRow;
    expect(nextStep(afterOutcome(after, RECEIVED_ANEW, FACTS))).toBe("verify");
  });
});

describe("the plan for a download whose bytes are on disk", () => {
  const planOf = (rows: readonly TaskRow[]) =>
    plan({
      rows,
      runs: [],
      brokenOff: [],
      isHeld: () => false,
      maximumConnections: undefined,
      lastStartOf: () => undefined,
      isRunning: () => false,
      connectionsOf: () => 0,
      configurationOf: () => DEFAULT_CONFIGURATION,
      conditions: quietAt(1_000),
    });

  it("gives it one place, however many connections its ranges had", () => {
    const row = taskRow({ ...VERIFIED, connections: 4 });
    expect(planOf([row]).connections.get(row)).toBe(1);
  });

  it("does not begin a retried one before the task that it comes after", () => {
    const row = taskRow({ ...VERIFIED, dependsOn: [["session", "other"]] });
    expect(planOf([row]).start).toEqual([]);
  });

  it("does not begin a retried one before its date", () => {
    const row = taskRow({ ...VERIFIED, earliestBeginDate: 2_000 });
    expect(planOf([row]).start).toEqual([]);
  });

  it("does not begin a retried one before what is before it in its queue", () => {
    const queue = { name: "q", onFailure: "continue" } as const;
    const first = taskRow({ queue, order: 1, url: "https://app.test/first" });
    const row = taskRow({ ...VERIFIED, queue, order: 2 });
    expect(planOf([first, row]).start).toEqual([first]);
  });
});
