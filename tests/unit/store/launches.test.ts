import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import type { Database } from "../../../src/store/database.ts";
import {
  beginLaunch,
  type DueLaunch,
  dueLaunches,
  endLaunch,
  hasNewQuestion,
} from "../../../src/store/launches.ts";
import { MAX_REFUSALS, readEvents, refuseEvent, type StoredEvent } from "../../../src/store/outbox.ts";
import { openStoredSession, readSession } from "../../../src/store/sessions.ts";
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

  it("a launch that has begun is due until it has ended, and counts its tries from the first one", async () => {
    const database = await begin();
    expect(await beginLaunch(database, "session", 5)).toBeUndefined();
    expect(await beginLaunch(database, "unknown", 5)).toBeUndefined();
    await finish(database, "a");
    expect(await due(database)).toMatchObject({ record: undefined, upTo: 2, launchedUpTo: 0 });
    const first = { session: "session", begunAt: 5, tries: 1 };
    expect(await beginLaunch(database, "session", 5)).toMatchObject({ upTo: 2, record: first });
    const second = { ...first, tries: 2 };
    expect(await beginLaunch(database, "session", 9)).toMatchObject({ record: second });
    expect((await due(database)).record).toEqual(second);
    // Its events were settled meanwhile.
    await database.write(["outbox"], "strict", (tx) => tx.objectStore("outbox").clear());
    expect(await due(database)).toMatchObject({ record: second, upTo: 0 });
    await endLaunch(database, "session", 2);
    expect(await dueLaunches(database)).toEqual([]);
  });

  it("a launch whose count of tries is damaged counts anew", async () => {
    const database = await begin();
    await database.write(["launches"], "strict", (tx) =>
      tx.objectStore("launches").put({ session: "session", begunAt: 5, tries: "many" as never }),
    );
    expect((await beginLaunch(database, "session", 9))?.record).toMatchObject({ begunAt: 5, tries: 1 });
  });

  it("a launch that ends without its events leaves them to the next one, and none goes back", async () => {
    const database = await begin();
    await finish(database, "a");
    await beginLaunch(database, "session", 5);
    await endLaunch(database, "session", undefined);
    expect(await due(database)).toMatchObject({ record: undefined, upTo: 2, launchedUpTo: 0 });
    await endLaunch(database, "session", 2);
    await endLaunch(database, "session", 1);
    expect((await readSession(database, "session"))?.launchedUpTo).toBe(2);
    await endLaunch(database, "unknown", 1);
    expect(await readSession(database, "unknown")).toBeUndefined();
  });

  it("a session that is not to be launched has none", async () => {
    const database = newDatabase();
    const configuration = { ...DEFAULT_CONFIGURATION, sessionSendsLaunchEvents: false };
    await openStoredSession(database, "session", configuration);
    await finish(database, "a");
    expect(await dueLaunches(database)).toEqual([]);
    expect(await beginLaunch(database, "session", 5)).toBeUndefined();
  });
});
