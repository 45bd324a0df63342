import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import type { Database } from "../../../src/store/database.ts";
import { insertTasks } from "../../../src/store/insert.ts";
import { beginLaunch } from "../../../src/store/launches.ts";
import { appendPart } from "../../../src/store/parts.ts";
import {
  deleteStoredSession,
  keepDaemon,
  openStoredSession,
  readIdentifiers,
  readSession,
  readSessions,
} from "../../../src/store/sessions.ts";
import { changeTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { everythingIn, insert } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

const OTHER = { ...DEFAULT_CONFIGURATION, retention: 5 };

describe("openStoredSession", () => {
  const newDatabase = useDatabases();

  it("creates a session with the defaults and keeps it", async () => {
    const database = newDatabase();
    const first = await openStoredSession(database, "a", undefined);
    expect(first).toMatchObject({ session: { configuration: DEFAULT_CONFIGURATION }, tasks: [] });
    expect(await openStoredSession(database, "a", undefined)).toEqual({ ...first, isChanged: false });
  });

  it("keeps the configuration when a later open gives none", async () => {
    const database = newDatabase();
    const { session } = await openStoredSession(database, "a", OTHER);
    const again = await openStoredSession(database, "a", undefined);
    expect(again.session).toEqual(session);
    const changed = await openStoredSession(database, "a", DEFAULT_CONFIGURATION);
    expect(changed.session).toEqual({ ...session, configuration: DEFAULT_CONFIGURATION });
    expect([again.isChanged, changed.isChanged]).toEqual([false, true]);
  });

  it("returns the session's unfinished tasks in order, and none of another session", async () => {
    const database = newDatabase();
    const [late, early] = [taskRow({ order: 9e9 }), taskRow()];
    const finished = taskRow({ state: "completed", live: undefined });
    for (const row of [late, early, finished, taskRow({ session: "other" })]) await insert(database, row);
    expect((await openStoredSession(database, "session", undefined)).tasks).toEqual([early, late]);
  });

  it("a session that is created again after its deletion has a new incarnation", async () => {
    const database = newDatabase();
    const { session } = await openStoredSession(database, "a", undefined);
    await deleteStoredSession(database, "a");
    expect((await openStoredSession(database, "a", undefined)).session.incarnation).not.toBe(
      session.incarnation,
    );
  });
});

describe("a stored session", () => {
  const newDatabase = useDatabases();

  it("keeps its daemon and its incarnation when its configuration is replaced", async () => {
    const database = newDatabase();
    const { session } = await openStoredSession(database, "a", undefined);
    const daemon = { version: "1" } as never;
    await keepDaemon(database, "a", daemon);
    await keepDaemon(database, "unknown", daemon);
    await openStoredSession(database, "a", OTHER);
    expect(await readSession(database, "a")).toEqual({ ...session, daemon, configuration: OTHER });
    expect(await readIdentifiers(database)).toEqual(["a"]);
  });

  it("that lacks what a newer version stores, or is damaged, has the defaults for it", async () => {
    const database = newDatabase();
    await database.write(["sessions"], "strict", async (tx) => {
      const row = { identifier: "old", incarnation: "1", configuration: { retention: 5 } } as never;
      await tx.objectStore("sessions").put(row);
      await tx.objectStore("sessions").put({ identifier: 5 } as never);
    });
    const row = { identifier: "old", incarnation: "1", configuration: OTHER };
    expect(await readSessions(database)).toEqual([row]);
    expect(await openStoredSession(database, "old", undefined)).toMatchObject({
      session: row,
      isChanged: false,
    });
    expect((await openStoredSession(database, "old", OTHER)).isChanged).toBe(false);
  });
});

describe("deleteStoredSession", () => {
  const newDatabase = useDatabases();

  /** Creates a session with a row in each store. */
  async function fill(database: Database, session: string): Promise<void> {
    await openStoredSession(database, session, undefined);
    const upload = taskRow({ session, kind: "upload", method: "POST", hasBody: true });
    await insertTasks(database, [{ row: upload, body: new Blob(["body"]), onDuplicate: "keep" }], 0);
    const download = taskRow({ session });
    await insert(database, download);
    await appendPart(database, {
      session,
      key: download.key,
      fileId: `${download.key}/0`,
      offset: 0,
      bytes: new Blob(["part"]),
      isFirst: true,
      change: {},
    });
    await changeTask(database, session, download.key, "strict", (row) => transition(row, "finish", 0));
    await beginLaunch(database, session, 0);
  }

  const launched = (database: Database) =>
    database.read(["launches"], (tx) => tx.objectStore("launches").getAllKeys());

  it("deletes everything of the session and nothing of the others", async () => {
    const database = newDatabase();
    const names = ["a", "aa", "a/", "", "b"].map((name) => `${name}x`);
    for (const name of names) await fill(database, name);
    const before = await everythingIn(database);
    await deleteStoredSession(database, "ax");
    const after = await everythingIn(database);
    for (const store of ["sessions", "tasks", "bodies", "parts", "outbox"] as const) {
      const rest = (before[store] as { session?: string; identifier?: string }[]).filter(
        ({ session, identifier }) => (session ?? identifier) !== "ax",
      );
      expect(rest.length).toBeGreaterThan(0);
      expect(after[store]).toEqual(rest);
    }
    const others = names.filter((name) => name !== "ax").sort();
    expect(await readIdentifiers(database)).toEqual(others);
    expect(await launched(database)).toEqual(others);
  });

  it("does nothing for a session that does not exist", async () => {
    const database = newDatabase();
    await deleteStoredSession(database, "nobody");
    expect(await readIdentifiers(database)).toEqual([]);
  });
});
