import { describe, expect, it } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { type DueLaunch, dueLaunches, endLaunch, hasNewQuestion } from "../../../src/store/launches.ts";
import { MAX_REFUSALS, readEvents, refuseEvent, type StoredEvent } from "../../../src/store/outbox.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { changed, changeTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { insert } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

describe("the launches that are due", () => {
  const newDatabase = useDatabases();

  async function begin(): Promise<Database> {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    return database;
  }

  async function finish(database: Database, key: string): Promise<void> {
    await insert(database, taskRow({ key }));
    await changeTask(database, "session", key, "strict", (row) => transition(row, "finish", 1));
  }

  async function ask(database: Database, key: string): Promise<StoredEvent> {
    await insert(database, taskRow({ key }));
    await changeTask(database, "session", key, "strict", (row) =>
      changed(row, { hold: { asksAgain: false, asks: "didReceiveChallenge", status: 401 } }),
    );
    return (await readEvents(database, "session", 0)).at(-1) as StoredEvent;
  }

  async function due(database: Database): Promise<DueLaunch> {
    const [launch] = await dueLaunches(database);
    return launch as DueLaunch;
  }

  it("names the last event, and the last one that a launch has handled", async () => {
    const database = await begin();
    expect(await dueLaunches(database)).toEqual([]);
    await finish(database, "a");
    await endLaunch(database, "session", 2);
    expect(await dueLaunches(database)).toEqual([]);
    await finish(database, "b");
    expect(await due(database)).toMatchObject({ launchedUpTo: 2, upTo: 4, record: undefined });
  });

  it("a question is new until a launch has handled it", async () => {
    const database = await begin();
    const { seq } = await ask(database, "a");
    await finish(database, "b");
    expect(await hasNewQuestion(database, await due(database), ["a"])).toBe(true);
    await endLaunch(database, "session", seq);
    expect(await hasNewQuestion(database, await due(database), ["a"])).toBe(false);
    await ask(database, "c");
    expect(await hasNewQuestion(database, await due(database), ["a", "c"])).toBe(true);
  });

  it("a parked question, or an event that asks nothing, is no new question", async () => {
    const database = await begin();
    await finish(database, "b");
    let event = await ask(database, "a");
    for (let count = 0; count < MAX_REFUSALS; count += 1) {
      expect(await hasNewQuestion(database, await due(database), ["b", "a"])).toBe(true);
      await refuseEvent(database, event);
      event = (await readEvents(database, "session", 0)).at(-1) as StoredEvent;
    }
    expect(await hasNewQuestion(database, await due(database), ["b", "a"])).toBe(false);
  });
});
