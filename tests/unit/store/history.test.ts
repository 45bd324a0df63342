import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import type { Failure } from "../../../src/protocol/session-error.ts";
import type { Database } from "../../../src/store/database.ts";
import {
  finishedAtOf,
  type HistoryFilter,
  type HistoryPosition,
  readHistory,
} from "../../../src/store/history.ts";
import { insertTasks } from "../../../src/store/insert.ts";
import { acknowledgeEvents, readEvents } from "../../../src/store/outbox.ts";
import { appendPart } from "../../../src/store/parts.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { sweepExpired, sweepSettled } from "../../../src/store/sweep.ts";
import { taskInfoOf } from "../../../src/store/task-info-of.ts";
import {
  changed,
  changeTask,
  ended,
  failFinishedTask,
  readTask,
  transition,
} from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { eventsOf, everythingIn, insert } from "../../support/stored.ts";
import { namedRow, type RowOptions, requestRecord, taskRow } from "../../support/task-row.ts";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const LATER = 1_000_000;
const CANCELLED = { code: "cancelled", message: "" } as const;
const ALL: HistoryPosition = [Number.NEGATIVE_INFINITY];

async function finish(database: Database, row: TaskRow, now: number, failure?: Failure): Promise<void> {
  await insert(database, row);
  await end(database, row, now, failure);
}

async function end(database: Database, row: TaskRow, now: number, failure?: Failure): Promise<void> {
  await changeTask(database, row.session, row.key, "strict", (it) =>
    changed(transition(it, "finish", now), { failure }),
  );
}

function past(options: RowOptions = {}): TaskRow {
  return taskRow({ keepsHistory: true, ...options });
}

async function settle(database: Database, now: number): Promise<void> {
  for (const event of await readEvents(database, "session", 0))
    await acknowledgeEvents(database, [event], now);
}

async function historyOf(
  database: Database,
  filter: HistoryFilter = {},
  { limit = 100, from = ALL, to = [0] as HistoryPosition } = {},
): Promise<string[]> {
  const rows = await readHistory(database, "session", filter, limit, from, to);
  return rows.map(({ key }) => key);
}

function positionOf(row: TaskRow): HistoryPosition {
  return [-(finishedAtOf(row) as number), -row.order, row.key];
}

describe("a history", () => {
  const newDatabase = useDatabases();

  it("has the tasks in the order in which they finished, the newest first", async () => {
    const database = newDatabase();
    for (const [key, now] of [
      ["a", 20],
      ["b", 30],
      ["c", 10],
    ] as const)
      await finish(database, past({ key }), now);
    expect(await historyOf(database)).toEqual(["b", "a", "c"]);
  });

  it("has no unfinished task, none of another session, and none that was made without it", async () => {
    const database = newDatabase();
    await insert(database, past({ key: "unfinished" }));
    await finish(database, past({ key: "other", session: "other" }), 5);
    const without = taskRow({ key: "without" });
    await finish(database, without, 5);
    await finish(database, past({ key: "kept" }), 5);
    expect(await historyOf(database)).toEqual(["kept"]);
    // Nothing is paid for a history that is not kept.
    expect(await readTask(database, "session", "without")).not.toHaveProperty("past");
  });

  it("has a task that ends as it is inserted", async () => {
    const database = newDatabase();
    const predecessor = { key: "gone", mustResume: true, hasBody: false };
    await insertTasks(database, [{ row: past({ key: "a" }), onDuplicate: "keep", predecessor }], 50);
    expect(await historyOf(database, { state: "failed" })).toEqual(["a"]);
  });

  it("is filtered by how a task ended, its group and its queue, and by several of them", async () => {
    const database = newDatabase();
    const queue = { name: "q", onFailure: "continue" } as const;
    const failure = { code: "timed-out", message: "" } as const;
    await finish(database, past({ key: "plain" }), 10);
    await finish(database, past({ key: "g", group: "g" }), 20, failure);
    await finish(database, past({ key: "q", queue }), 30, CANCELLED);
    await finish(database, past({ key: "g in q", group: "g", queue }), 40, {
      code: "user-cancelled",
      message: "",
    });
    await finish(database, past({ key: "h in q", group: "h", queue }), 50);
    expect(await historyOf(database, { state: "succeeded" })).toEqual(["h in q", "plain"]);
    expect(await historyOf(database, { state: "failed" })).toEqual(["g"]);
    expect(await historyOf(database, { state: "cancelled" })).toEqual(["g in q", "q"]);
    expect(await historyOf(database, { group: "g" })).toEqual(["g in q", "g"]);
    expect(await historyOf(database, { queue: "q" })).toEqual(["h in q", "g in q", "q"]);
    expect(await historyOf(database, { queue: "q", group: "g" })).toEqual(["g in q"]);
    expect(await historyOf(database, { queue: "q", group: "g" }, { limit: 1 })).toEqual(["g in q"]);
    expect(await historyOf(database, { queue: "q", state: "succeeded" })).toEqual(["h in q"]);
    expect(await historyOf(database, { group: "g", state: "cancelled" })).toEqual(["g in q"]);
    expect(await historyOf(database, { group: "q" })).toEqual([]);
  });

  it("counts a refusal as a success, and a result that proves unreadable as a failure", async () => {
    const database = newDatabase();
    const response = { url: "", status: 404, statusText: "", redirected: false, headers: {} };
    const row = past({ key: "a", response });
    await finish(database, row, 10);
    expect(await historyOf(database, { state: "succeeded" })).toEqual(["a"]);
    await failFinishedTask(database, row, { code: "storage-lost", message: "" });
    expect(await historyOf(database, { state: "succeeded" })).toEqual([]);
    expect(await historyOf(database, { state: "failed" })).toEqual(["a"]);
  });

  it("is read page by page without a gap or a repetition, even if all finished in one millisecond", async () => {
    const database = newDatabase();
    // Two tabs may give the same order.
    for (let index = 0; index < 25; index += 1)
      await finish(database, past({ key: `k${index}`, order: Math.floor(index / 2), group: "g" }), 10);
    const all = await historyOf(database);
    expect(all.length).toBe(25);
    for (const filter of [{}, { group: "g" }, { state: "succeeded" }] as const) {
      const seen: string[] = [];
      for (let from = ALL; ; ) {
        const rows = await readHistory(database, "session", filter, 4, from, [0]);
        seen.push(...rows.map(({ key }) => key));
        const last = rows.at(-1);
        if (last === undefined) break;
        from = positionOf(last);
      }
      expect(seen).toEqual(all);
    }
    const orders = await Promise.all(
      all.map(async (key) => (await readTask(database, "session", key))?.order),
    );
    expect(orders).toEqual([...orders].sort((one = 0, other = 0) => other - one));
  });

  it("is read from a date and up to a date, both of them left out", async () => {
    const database = newDatabase();
    for (const now of [10, 20, 30, 40]) await finish(database, past({ key: String(now) }), now);
    expect(await historyOf(database, {}, { from: [-40, []], to: [-10] })).toEqual(["30", "20"]);
  });
});

describe("a task of the history whose events are settled", () => {
  const newDatabase = useDatabases();
  const HEAD = {
    url: "https://app.test/a",
    status: 200,
    statusText: "",
    redirected: false,
    headers: { a: "b" },
  };

  async function settledTasks(database: Database): Promise<void> {
    await openStoredSession(database, "session", undefined);
    const rows = [
      namedRow("file", { key: "file", keepsHistory: true, group: "g" }),
      taskRow({
        key: "data",
        kind: "data",
        keepsHistory: true,
        request: { ...requestRecord("https://app.test/a", "POST"), body: new ArrayBuffer(3) },
        completion: { handler: "done", context: "secret" },
        response: { ...HEAD, body: new ArrayBuffer(5) },
        bytesReceived: 5,
      }),
      taskRow({
        key: "upload",
        kind: "upload",
        keepsHistory: true,
        hasBody: true,
        method: "POST",
        upload: {
          sizeBytes: 4,
          bytesAcknowledged: 4,
          protocol: "tus",
          answer: { ...HEAD, body: new ArrayBuffer(5) },
        },
      }),
    ];
    for (const row of rows)
      await insertTasks(
        database,
        [{ row, onDuplicate: "keep", ...(row.hasBody && { body: new Blob(["body"]) }) }],
        0,
      );
    const file = { fileId: "file/0", isTotalSure: true, isSameOrigin: true };
    const part = { session: "session", key: "file", fileId: "file/0", offset: 0, bytes: new Blob(["bytes"]) };
    await appendPart(database, { ...part, isFirst: true, change: { file, response: HEAD } });
    for (const row of rows) await end(database, row, 1_000);
    await settle(database, 2_000);
    await sweepSettled(database, LATER);
  }

  it("keeps its row without bodies, bytes and context until the retention time is over", async () => {
    const database = newDatabase();
    await settledTasks(database);
    const { tasks, bodies, parts, outbox } = await everythingIn(database);
    expect([bodies, parts, outbox]).toEqual([[], [], []]);
    expect(tasks.map(({ key }) => key)).toEqual(["data", "file", "upload"]);
    expect(JSON.stringify(tasks)).not.toContain("secret");
    for (const row of tasks) {
      for (const field of ["file", "completion", "hasBody", "live", "named", "settledAt", "finishedAt"])
        expect(row).not.toHaveProperty(field);
      for (const head of [row.request, row.response, row.upload?.answer])
        expect(head ?? {}).not.toHaveProperty("body");
    }
    await sweepExpired(database, 1_000 + WEEK_MS - 1);
    expect((await everythingIn(database)).tasks.length).toBe(3);
    await sweepExpired(database, 1_000 + WEEK_MS);
    expect((await everythingIn(database)).tasks).toEqual([]);
  });

  it("shows what it showed before, and that its request had a body", async () => {
    const database = newDatabase();
    await settledTasks(database);
    const infoOf = async (key: string) => taskInfoOf((await readTask(database, "session", key)) as TaskRow);
    expect(await infoOf("file")).toMatchObject({
      state: "completed",
      finishedAt: 1_000,
      group: "g",
      bytesReceived: 5,
      response: HEAD,
      hasBody: false,
    });
    expect(await infoOf("data")).toMatchObject({ bytesReceived: 5, hasBody: true, bytesExpectedToSend: -1 });
    expect(await infoOf("upload")).toMatchObject({ hasBody: true, bytesSent: 4, uploadProtocol: "tus" });
  });

  it("is repeated with file-missing if its request had a body", async () => {
    const database = newDatabase();
    await settledTasks(database);
    for (const [key, kind] of [
      ["data", "data"],
      ["upload", "upload"],
    ] as const) {
      const row = taskRow({ key: `${key} again`, kind, method: "POST" });
      const { hasBody } = taskInfoOf((await readTask(database, "session", key)) as TaskRow);
      const predecessor = { key, mustResume: false, hasBody };
      const [insertion] = await insertTasks(database, [{ row, onDuplicate: "keep", predecessor }], 0);
      expect(insertion?.row.failure?.code).toBe("file-missing");
    }
  });

  it("is read by no later sweep of settled or expired tasks", async () => {
    const database = newDatabase();
    await settledTasks(database);
    const countIn = (index: "by-settled" | "by-finished" | "by-live" | "by-name" | "by-queue" | "by-hold") =>
      database.read(["tasks"], (tx) => tx.objectStore("tasks").index(index).count());
    for (const index of ["by-settled", "by-finished", "by-live", "by-name", "by-queue", "by-hold"] as const)
      expect([index, await countIn(index)]).toEqual([index, 0]);
  });

  it("leaves its id to a new task, which does not come after it", async () => {
    const database = newDatabase();
    await settledTasks(database);
    for (const id of ["file", "data"]) {
      const { isInserted } = await insert(database, namedRow(id, { keepsHistory: true }));
      expect(isInserted).toBe(true);
    }
    const after = taskRow({ key: "after", dependsOn: [["session", "upload"]] });
    const { row } = await insert(database, after);
    expect(row.failure?.code).toBe("dependency-failed");
  });

  it("expires with the retention time of its own session", async () => {
    const database = newDatabase();
    await openStoredSession(database, "long", { ...DEFAULT_CONFIGURATION, retention: 14 * 86_400 });
    await settledTasks(database);
    await finish(database, past({ key: "long", session: "long" }), 1_000);
    for (const event of await readEvents(database, "long", 0))
      await acknowledgeEvents(database, [event], 2_000);
    await sweepSettled(database, LATER);
    await sweepExpired(database, 1_000 + WEEK_MS);
    expect((await everythingIn(database)).tasks.map(({ key }) => key)).toEqual(["long"]);
    await sweepExpired(database, 1_000 + 2 * WEEK_MS);
    expect((await everythingIn(database)).tasks).toEqual([]);
  });
});

describe("a task of the history that cannot be stripped", () => {
  const newDatabase = useDatabases();

  it("failed, and keeps its body for a retry until the retention time is over", async () => {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    const row = past({
      key: "a",
      kind: "upload",
      hasBody: true,
      upload: { sizeBytes: 4, bytesAcknowledged: 0 },
    });
    await insertTasks(database, [{ row, body: new Blob(["body"]), onDuplicate: "keep" }], 0);
    await end(database, row, 1_000, { code: "timed-out", message: "" });
    await settle(database, 2_000);
    await sweepSettled(database, LATER);
    expect(await historyOf(database, { state: "failed" })).toEqual(["a"]);
    expect((await everythingIn(database)).bodies.length).toBe(1);
    await sweepExpired(database, 1_000 + WEEK_MS);
    await sweepSettled(database, 1_000 + WEEK_MS);
    expect(await everythingIn(database)).toMatchObject({ tasks: [], bodies: [] });
  });

  it("expired before its events were delivered: it leaves the history, and its events stay", async () => {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    await finish(database, past({ key: "a" }), 1_000);
    await sweepExpired(database, 1_000 + WEEK_MS);
    expect(await historyOf(database)).toEqual([]);
    expect(await eventsOf(database, "a")).toEqual(["didComplete"]);
    await settle(database, WEEK_MS);
    await sweepSettled(database, 2 * WEEK_MS);
    expect((await everythingIn(database)).tasks).toEqual([]);
  });

  it("is not lost when another task takes its id", async () => {
    const database = newDatabase();
    await insert(database, namedRow("id", { key: "old", keepsHistory: true }));
    await insert(database, namedRow("id", { key: "new", keepsHistory: true }), "replace", 10);
    expect(await historyOf(database, { state: "cancelled" })).toEqual(["old"]);
    await changeTask(database, "session", "new", "strict", (row) => ended(row, CANCELLED, 20));
    expect(await historyOf(database)).toEqual(["new", "old"]);
  });
});
