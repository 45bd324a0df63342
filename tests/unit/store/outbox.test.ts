import { describe, expect, it } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import {
  acknowledgeEvents,
  MAX_REFUSALS,
  parkedEvents,
  readEvents,
  readEventsWithTasks,
  readOwedRows,
  readOwedTask,
  refuseEvent,
  type StoredEvent,
  unparkEvents,
} from "../../../src/store/outbox.ts";
import { changed, changeTask, readTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { insert } from "../../support/stored.ts";
import { namedRow, taskRow } from "../../support/task-row.ts";

describe("the outbox", () => {
  const newDatabase = useDatabases();

  async function finish(database: Database, key: string, session = "session"): Promise<void> {
    await insert(database, taskRow({ key, session }));
    await changeTask(database, session, key, "strict", (row) => transition(row, "finish", 1));
  }

  async function refuse(database: Database, key: string, times: number): Promise<boolean> {
    let isParked = false;
    for (let count = 0; count < times; count += 1) {
      const event = (await readEvents(database, "session", 0)).find((it) => it.taskKey === key);
      isParked = await refuseEvent(database, event as StoredEvent);
    }
    return isParked;
  }

  /** The app is asked about a task that is not finished. */
  async function ask(database: Database, key: string): Promise<StoredEvent> {
    await insert(database, taskRow({ key }));
    await changeTask(database, "session", key, "strict", (row) =>
      changed(row, { hold: { asksAgain: false, asks: "didReceiveChallenge", status: 401 } }),
    );
    const events = await readEvents(database, "session", 0);
    return events.find(({ taskKey }) => taskKey === key) as StoredEvent;
  }

  it("returns the last tasks that are owed, without those that are forgotten, expired or unfinished", async () => {
    const database = newDatabase();
    for (const key of ["a", "b", "c", "d", "gone", "late"]) await finish(database, key);
    await finish(database, "other", "other");
    await ask(database, "asked");
    await changeTask(database, "session", "gone", "strict", (row) => ({ ...row, isForgotten: true }));
    const failure = { code: "expired", message: "" } as const;
    await changeTask(database, "session", "late", "strict", (row) => ({ ...row, failure }));
    const keys = async (limit: number) =>
      (await readOwedRows(database, "session", limit)).map(({ key }) => key);
    expect(await keys(100)).toEqual(["a", "b", "c", "d"]);
    expect(await keys(3)).toEqual(["b", "c", "d"]);
  });

  it("returns the last tasks that are owed, however many events of other sessions are in between", async () => {
    const database = newDatabase();
    for (const key of ["a", "b"]) await finish(database, key);
    for (let index = 0; index < 30; index += 1) await finish(database, `other-${index}`, "other");
    for (const key of ["c", "d"]) await finish(database, key);
    const keys = async (limit: number) =>
      (await readOwedRows(database, "session", limit)).map(({ key }) => key);
    expect(await keys(1)).toEqual(["d"]);
    expect(await keys(3)).toEqual(["b", "c", "d"]);
    expect(await keys(4)).toEqual(["a", "b", "c", "d"]);
    expect(await keys(5)).toEqual(["a", "b", "c", "d"]);
    expect(await readOwedRows(database, "none", 5)).toEqual([]);
  });

  it("returns events in commit order, and each task's in delivery order", async () => {
    const database = newDatabase();
    for (const key of ["z", "a", "m"]) await finish(database, key);
    const events = await readEvents(database, "session", 0);
    expect(events.map(({ taskKey, type }) => [taskKey, type])).toEqual(
      ["z", "a", "m"].flatMap((key) => [
        [key, "didFinishDownloading"],
        [key, "didComplete"],
      ]),
    );
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(6);
  });

  it("is read in pages, for one session at a time", async () => {
    const database = newDatabase();
    await finish(database, "a");
    await finish(database, "other", "session-2");
    await finish(database, "b");
    const [first] = await readEvents(database, "session", 0, 1);
    const rest = await readEvents(database, "session", first?.seq ?? 0);
    expect(rest.map(({ taskKey }) => taskKey)).toEqual(["a", "b", "b"]);
  });

  it("a damaged event does not keep the others from being read", async () => {
    const database = newDatabase();
    for (const key of ["a", "b"]) await finish(database, key);
    const neither = { toString: 0, valueOf: 0 };
    await database.write(["outbox"], "strict", async (tx) => {
      const [first] = await tx.objectStore("outbox").getAll();
      await tx.objectStore("outbox").put({ ...first, taskKey: neither, refusals: neither } as never);
    });
    const events = await readEvents(database, "session", 0);
    expect(events.map(({ taskKey, refusals }) => [taskKey, refusals])).toEqual(
      ["", "a", "b", "b"].map((key) => [key, 0]),
    );
  });

  it("only the last acknowledgement settles the task", async () => {
    const database = newDatabase();
    await finish(database, "a");
    const [first, second] = await readEvents(database, "session", 0);
    await acknowledgeEvents(database, [first as StoredEvent], 10);
    expect((await readTask(database, "session", "a"))?.settledAt).toBeUndefined();
    await acknowledgeEvents(database, [second as StoredEvent], 20);
    expect((await readTask(database, "session", "a"))?.settledAt).toBe(20);
    expect(await readEvents(database, "session", 0)).toEqual([]);
  });

  it("a late acknowledgement from an old realm counts, even after a refusal", async () => {
    const database = newDatabase();
    await finish(database, "a");
    const [event] = await readEvents(database, "session", 0);
    await refuseEvent(database, event as StoredEvent);
    await acknowledgeEvents(database, [event as StoredEvent], 10);
    expect((await readEvents(database, "session", 0)).map(({ type }) => type)).toEqual(["didComplete"]);
  });

  it("an acknowledgement of another event with the same seq does nothing", async () => {
    const database = newDatabase();
    await finish(database, "a");
    const [event] = await readEvents(database, "session", 0);
    const foreign = { ...(event as StoredEvent), eventId: "of a database that was deleted" };
    await acknowledgeEvents(database, [foreign], 10);
    await refuseEvent(database, foreign);
    expect((await readEvents(database, "session", 0))[0]).toEqual(event);
  });

  it("a refusal of an event that another realm has acknowledged does nothing", async () => {
    const database = newDatabase();
    await finish(database, "a");
    const [event] = (await readEvents(database, "session", 0)) as [StoredEvent];
    await acknowledgeEvents(database, [event], 10);
    expect(await refuseEvent(database, event)).toBe(false);
    expect((await readEvents(database, "session", 0)).map(({ refusals }) => refusals)).toEqual([0]);
  });

  it("a repeated acknowledgement does nothing", async () => {
    const database = newDatabase();
    await finish(database, "a");
    const events = await readEvents(database, "session", 0);
    for (const event of [...events, ...events]) await acknowledgeEvents(database, [event], 10 + event.seq);
    expect((await readTask(database, "session", "a"))?.settledAt).toBe(12);
  });

  it("says of each acknowledged event whether it settled its task, whose id is free then", async () => {
    const database = newDatabase();
    await insert(database, namedRow("name", { key: "a" }));
    await changeTask(database, "session", "a", "strict", (row) => transition(row, "finish", 1));
    const events = await readEvents(database, "session", 0);
    expect(await acknowledgeEvents(database, events, 10)).toEqual([false, true]);
    expect(await acknowledgeEvents(database, events, 20)).toEqual([false, false]);
    expect((await insert(database, namedRow("name"))).isInserted).toBe(true);
  });

  it("an answered question does not settle its task, which keeps its id", async () => {
    const database = newDatabase();
    const event = await ask(database, "a");
    await changeTask(database, "session", "a", "strict", (row) => changed(row, { named: ["session", "a"] }));
    expect(await acknowledgeEvents(database, [event], 10)).toEqual([false]);
    expect(await readEvents(database, "session", 0)).toEqual([]);
    expect(await readTask(database, "session", "a")).toMatchObject({ named: ["session", "a"] });
    expect(await readTask(database, "session", "a")).not.toHaveProperty("settledAt");
  });

  it("the last event of a task that is gone settles it", async () => {
    const database = newDatabase();
    await finish(database, "a");
    await database.write(["tasks"], "strict", (tx) => tx.objectStore("tasks").delete(["session", "a"]));
    const events = await readEvents(database, "session", 0);
    expect(await acknowledgeEvents(database, events, 10)).toEqual([false, true]);
  });

  it("is read with the rows of the tasks that there are", async () => {
    const database = newDatabase();
    for (const key of ["a", "gone", "b"]) await finish(database, key);
    await database.write(["tasks"], "strict", (tx) => tx.objectStore("tasks").delete(["session", "gone"]));
    const { events, tasks } = await readEventsWithTasks(database, "session", 0, 5);
    expect(events.map(({ taskKey }) => taskKey)).toEqual(["a", "a", "gone", "gone", "b"]);
    expect([...tasks].map(([key, { row }]) => [key, row.key, row.state])).toEqual([
      ["a", "a", "completed"],
      ["b", "b", "completed"],
    ]);
  });

  it("a task is owed its event until that is acknowledged, and no event with the same seq", async () => {
    const database = newDatabase();
    await finish(database, "a");
    const [event] = (await readEvents(database, "session", 0)) as [StoredEvent];
    expect((await readOwedTask(database, event))?.key).toBe("a");
    expect(await readOwedTask(database, { ...event, eventId: "another" })).toBeUndefined();
    await acknowledgeEvents(database, [event], 10);
    expect(await readOwedTask(database, event)).toBeUndefined();
  });

  it("parks an event on its fifth refusal", async () => {
    const database = newDatabase();
    await finish(database, "a");
    expect(await refuse(database, "a", MAX_REFUSALS - 1)).toBe(false);
    expect(await parkedEvents(database, "session")).toEqual([]);
    expect(await refuse(database, "a", 1)).toBe(true);
    expect(await parkedEvents(database, "session")).toMatchObject([{ taskKey: "a", refusals: 5 }]);
  });

  it("unparks an event with five new tries, under the same eventId and seq", async () => {
    const database = newDatabase();
    await finish(database, "a");
    await refuse(database, "a", MAX_REFUSALS);
    const parked = await parkedEvents(database, "session");
    await unparkEvents(database, parked);
    expect(await parkedEvents(database, "session")).toEqual([]);
    const [event] = await readEvents(database, "session", 0);
    expect(event).toMatchObject({ refusals: 0, eventId: parked[0]?.eventId, seq: parked[0]?.seq });
    expect(await refuse(database, "a", MAX_REFUSALS - 1)).toBe(false);
  });
});
