import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Question } from "../../../src/protocol/questions.ts";
import { TASK_EVENTS, TASK_STATES } from "../../../src/protocol/task-state.ts";
import {
  changed,
  changeTask,
  ended,
  failFinishedTask,
  isCarried,
  liveTasks,
  readTask,
  transition,
} from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { eventsOf, everythingIn, insert } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

const FAILURE = { code: "blocked", message: "no" } as const;

describe("changeTask", () => {
  const newDatabase = useDatabases();

  it("writes a task's end and its events once, in one transaction", async () => {
    const database = newDatabase();
    const row = taskRow({ completion: { handler: "done", context: undefined } });
    await insert(database, row);
    const finish = () =>
      changeTask(database, "session", row.key, "strict", (it) => transition(it, "finish", 5));
    await Promise.all([finish(), finish(), finish()]);
    expect(await eventsOf(database, row.key)).toEqual([
      "didFinishDownloading",
      "didComplete",
      "completionHandler",
    ]);
  });

  it("writes no file event for a failure, an upload or a data task", async () => {
    const database = newDatabase();
    for (const kind of ["download", "upload", "data"] as const) {
      const row = taskRow({ kind });
      await insert(database, row);
      const end = kind === "download" ? ended : (it: typeof row) => transition(it, "finish", 5);
      await changeTask(database, "session", row.key, "strict", (it) => end(it, FAILURE, 5));
      expect(await eventsOf(database, row.key)).toEqual(["didComplete"]);
    }
  });

  it("tells what the task took before its end, if its app wants to know", async () => {
    const database = newDatabase();
    const row = taskRow({ collectsMetrics: true });
    await insert(database, row);
    await changeTask(database, "session", row.key, "strict", (it) => transition(it, "finish", 5));
    expect(await eventsOf(database, row.key)).toEqual([
      "didFinishDownloading",
      "didFinishCollectingMetrics",
      "didComplete",
    ]);
  });

  it("writes neither row nor events when the change throws", async () => {
    const database = newDatabase();
    const row = taskRow();
    await insert(database, row);
    const change = changeTask(database, "session", row.key, "strict", async (it, tx) => {
      await tx.objectStore("tasks").put(ended(it, FAILURE, 5));
      throw new Error("in the middle");
    });
    await expect(change).rejects.toThrow("in the middle");
    expect(await readTask(database, "session", row.key)).toEqual(row);
    expect(await eventsOf(database, row.key)).toEqual([]);
  });

  it("a finished task that cannot be delivered says so, and its events stay", async () => {
    const database = newDatabase();
    const row = taskRow();
    await insert(database, row);
    await changeTask(database, "session", row.key, "strict", (it) => transition(it, "finish", 5));
    await failFinishedTask(database, row, FAILURE);
    expect(await readTask(database, "session", row.key)).toMatchObject({ finishedAt: 5, failure: FAILURE });
    expect(await eventsOf(database, row.key)).toEqual(["didFinishDownloading", "didComplete"]);
  });

  it("a question is asked when the row waits for it, and taken back when the row waits no more", async () => {
    const database = newDatabase();
    const row = taskRow();
    await insert(database, row);
    const waitFor = (asks: Question | undefined) =>
      changeTask(database, "session", row.key, "strict", (it) =>
        changed(it, { hold: { asksAgain: false, ...(asks !== undefined && { asks }) } }),
      );
    await waitFor("willBeginDelayedRequest");
    expect(await eventsOf(database, row.key)).toEqual(["willBeginDelayedRequest"]);
    const { outbox } = await everythingIn(database);
    await waitFor("willBeginDelayedRequest");
    expect((await everythingIn(database)).outbox).toEqual(outbox);
    await waitFor("didReceiveChallenge");
    expect(await eventsOf(database, row.key)).toEqual(["didReceiveChallenge"]);
    await waitFor(undefined);
    expect(await eventsOf(database, row.key)).toEqual([]);
  });

  it("does nothing if the session has no such row", async () => {
    const database = newDatabase();
    const row = taskRow({ session: "a" });
    await insert(database, row);
    const change = changeTask(database, "b", row.key, "strict", (it) => ended(it, FAILURE, 5));
    expect(await change).toBeUndefined();
    expect((await everythingIn(database)).tasks).toEqual([row]);
  });
});

describe("transition", () => {
  const walk = TASK_STATES.flatMap((state) => TASK_EVENTS.map((event) => [state, event] as const));

  it.each(walk)("%s, %s keeps the index of unfinished tasks in step", (state, event) => {
    const row = taskRow({ state, ...(state === "completed" && { live: undefined }) });
    const next = transition(row, event, 5);
    expect(next.live === undefined).toBe(next.state === "completed");
    if (next.state === state) expect(next).toBe(row);
  });

  it("a suspended task's timer stops, and resumes with the time that was left", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.nat(1_000_000), (left, ran, rested) => {
        const row = taskRow({ deadline: left });
        const suspended = transition(row, "suspend", ran);
        expect(suspended.deadline).toBeUndefined();
        const resumed = transition(suspended, "resume", ran + rested);
        expect(resumed.deadline).toBe(ran + rested + Math.max(0, left - ran));
        expect(resumed.timeLeftMs).toBeUndefined();
      }),
    );
  });

  it("a task's time runs down only while it is running and past its earliest begin date", () => {
    const anyMoments = fc.array(
      fc.record({ event: fc.constantFrom("suspend" as const, "resume" as const), waitMs: fc.nat(500) }),
      { maxLength: 12 },
    );
    const anyDate = fc.option(fc.integer({ min: -500, max: 4_000 }), { nil: undefined });
    fc.assert(
      fc.property(anyMoments, anyDate, fc.integer({ min: 1, max: 3_000 }), (moments, begin, interval) => {
        let now = 0;
        let used = 0;
        let row = taskRow({
          state: "suspended",
          deadline: undefined,
          timeLeftMs: interval,
          earliestBeginDate: begin,
        });
        const mayUse = (from: number, to: number) => Math.max(0, to - Math.max(from, begin ?? from));
        for (const { event, waitMs } of moments) {
          row = transition(row, event, now);
          if (row.state === "running") used += mayUse(now, now + waitMs);
          now += waitMs;
        }
        row = transition(transition(row, "suspend", now), "resume", now);
        const left = Math.max(0, interval - used);
        expect(row.deadline).toBe(Math.max(now, begin ?? now) + left);
      }),
    );
  });

  it("a task does not time out before its earliest begin date", () => {
    const waiting = taskRow({
      state: "suspended",
      deadline: undefined,
      timeLeftMs: 60,
      earliestBeginDate: 1_000,
    });
    const running = transition(waiting, "resume", 10);
    expect(running.deadline).toBe(1_060);
    expect(transition(running, "suspend", 500).timeLeftMs).toBe(60);
  });

  it("a task that had no time left has none when it goes on", () => {
    const suspended = transition(taskRow({ deadline: undefined }), "suspend", 10);
    expect(suspended.timeLeftMs).toBe(0);
    const { timeLeftMs: _, ...damaged } = suspended;
    expect(transition(damaged, "resume", 20).deadline).toBe(20);
  });

  it.each([
    [{ title: "" }, 5],
    [undefined, undefined],
  ])("with the notification %j, the user is to be notified since %j", (notification, due) => {
    expect(transition(taskRow({ notification }), "finish", 5).notificationDue).toBe(due);
  });

  it("a task ends once", () => {
    const row = ended(taskRow(), FAILURE, 5);
    expect(row).toMatchObject({ state: "completed", failure: FAILURE, finishedAt: 5 });
    expect(ended(row, { code: "cancelled", message: "" }, 6)).toBe(row);
  });

  it("Background Fetch carries a task once the bytes on disk reach its first one", () => {
    const backgroundFetch = { id: "", start: 5, startedAt: 0, reason: "" } as never;
    const carried = [4, 5, 6].map((bytesReceived) => isCarried(taskRow({ backgroundFetch, bytesReceived })));
    expect(carried).toEqual([false, true, true]);
    expect(isCarried(taskRow({ bytesReceived: 6 }))).toBe(false);
  });

  it("a resumed task drops its earlier backoff", () => {
    const backoff = { since: 0, tries: 9, jitter: 1, floorMs: 0, isUnanswered: false };
    const row = transition(taskRow({ backoff }), "suspend", 1);
    expect(transition(row, "resume", 2).backoff).toBeUndefined();
  });
});

describe("changed", () => {
  it("removes undefined properties, because an index must not see them", () => {
    const row = changed(taskRow(), { live: undefined, description: "new" });
    expect("live" in row).toBe(false);
    expect(row.description).toBe("new");
  });
});

describe("liveTasks", () => {
  const newDatabase = useDatabases();

  it("returns the unfinished tasks of one session or of all, in creation order", async () => {
    const database = newDatabase();
    const b = taskRow({ session: "b", order: 1 });
    const late = taskRow({ session: "a", order: 3 });
    const early = taskRow({ session: "a", order: 2 });
    const other = taskRow({ session: "aa", order: 0 });
    const finished = taskRow({ session: "a", state: "completed", live: undefined });
    for (const row of [b, late, early, other, finished]) await insert(database, row);
    expect(await liveTasks(database, "a")).toEqual([early, late]);
    expect(await liveTasks(database, "aa")).toEqual([other]);
    expect(await liveTasks(database)).toEqual([early, late, other, b]);
  });
});
