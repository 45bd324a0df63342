import { forceCloseDatabase, IDBFactory, IDBVersionChangeEvent } from "fake-indexeddb";
import fc from "fast-check";
import { deleteDB, openDB, unwrap } from "idb";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Database } from "../../../src/store/database.ts";
import { SCHEMA_VERSION } from "../../../src/store/schema.ts";
import { freshName } from "../../support/fake-database.ts";
import { casesOf } from "../../support/fuzz.ts";

describe("a Database has one connection at a time, and none blocks an upgrade", () => {
  const open: Database[] = [];
  afterEach(() => {
    for (const database of open.splice(0)) database.close();
    vi.restoreAllMocks();
  });

  function databaseNamed(name: string): Database {
    const database = new Database(name);
    open.push(database);
    return database;
  }

  function count(database: Database): Promise<number> {
    return database.read(["facts"], (tx) => tx.objectStore("facts").count());
  }

  function note(database: Database): Promise<unknown> {
    return database.write(["facts"], "relaxed", (tx) => tx.objectStore("facts").put(1, crypto.randomUUID()));
  }

  /** Opens a newer version as another page does, which succeeds unless a connection stays open. */
  async function upgrade(name: string, version: number): Promise<"done" | "stuck"> {
    const opening = openDB(name, version);
    const stuck = new Promise<"stuck">((resolve) => setTimeout(resolve, 500, "stuck"));
    const end = await Promise.race([opening.then(() => "done" as const), stuck]);
    void opening.then((newer) => newer.close());
    return end;
  }

  // Each operation used to open its own connection, and only the last one was ever closed.
  it("operations that find the connection closed by force share one reopening, and the next upgrade is not stuck", async () => {
    const name = freshName();
    const database = databaseNamed(name);
    await note(database);
    (await database.open()).close();
    const opens = vi.spyOn(IDBFactory.prototype, "open");
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => (index % 2 ? note(database) : count(database))),
    );
    expect(opens).toHaveBeenCalledTimes(1);
    expect(await count(database)).toBe(5);
    expect(await upgrade(name, SCHEMA_VERSION + 1)).toBe("done");
    expect(await count(database)).toBe(5);
  });

  it("an old connection that is closed by force leaves the new one alone, and reports that data may be lost", async () => {
    const name = freshName();
    const database = databaseNamed(name);
    const terminated = vi.fn();
    database.onTerminated = terminated;
    const old = await database.open();
    old.close();
    await note(database);
    const current = await database.open();
    expect(current).not.toBe(old);
    // The browser reports the old one when the new one is already in use.
    unwrap(old).dispatchEvent(new IDBVersionChangeEvent("close"));
    expect(terminated).toHaveBeenCalledTimes(1);
    expect(await database.open()).toBe(current);
    expect(await count(database)).toBe(1);
  });

  it("an old connection that receives versionchange closes itself and not the new one", async () => {
    const name = freshName();
    const database = databaseNamed(name);
    const old = await database.open();
    old.close();
    await note(database);
    const current = await database.open();
    unwrap(old).dispatchEvent(new IDBVersionChangeEvent("versionchange", { oldVersion: 2, newVersion: 3 }));
    expect(await database.open()).toBe(current);
    expect(() => current.transaction("facts")).not.toThrow();
  });

  it("a connection that is closed while it opens still closes, and the next use opens another", async () => {
    const name = freshName();
    const database = databaseNamed(name);
    const first = database.open();
    database.close();
    const second = database.open();
    expect(await second).not.toBe(await first);
    await note(database);
    expect(await upgrade(name, SCHEMA_VERSION + 1)).toBe("done");
  });

  it("a newer database that is deleted before it is reopened is created in the current version", async () => {
    const name = freshName();
    (await openDB(name, SCHEMA_VERSION + 1)).close();
    const original = IDBFactory.prototype.open;
    const opens = vi.spyOn(IDBFactory.prototype, "open").mockImplementation(function (
      this: IDBFactory,
      ...all: Parameters<typeof original>
    ) {
      // The second opening names no version; the database is deleted right before it.
      if (all[1] === undefined) this.deleteDatabase(name);
      return original.apply(this, all);
    });
    const database = databaseNamed(name);
    await note(database);
    expect(opens.mock.calls.map(([, version]) => version)).toEqual([
      SCHEMA_VERSION,
      undefined,
      SCHEMA_VERSION,
    ]);
    expect((await database.open()).version).toBe(SCHEMA_VERSION);
  });

  it("no series of closes, upgrades and deletions leaves a connection open or gets stuck", async () => {
    const anyStep = fc.constantFrom(...Object.keys(STEPS)) as fc.Arbitrary<keyof typeof STEPS>;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(anyStep, fc.nat(3)), { maxLength: 12 }), async (steps) => {
        const database = databaseNamed(freshName());
        const uses: Promise<unknown>[] = [];
        for (const [step, many] of steps) {
          await STEPS[step]?.(database);
          // Writes on a connection that closes under them fail; later writes do not.
          for (let nth = 0; nth <= many; nth += 1) uses.push(note(database).catch(() => {}));
          if (many > 1) await Promise.all(uses);
        }
        await Promise.all(uses);
        await note(database);
        expect(await upgrade(database.name, 1_000)).toBe("done");
        expect(await count(database)).toBeGreaterThan(0);
        database.close();
      }),
      { numRuns: casesOf(60) },
    );
  });

  /** What the browser and other pages do to a database that is in use. */
  const STEPS: Readonly<Record<string, (database: Database) => unknown>> = {
    use: () => {},
    close: (database) => database.close(),
    "close by force": async (database) => forceCloseDatabase(unwrap(await database.open()) as never),
    "close by force, without a word": async (database) => (await database.open()).close(),
    upgrade: async (database) => {
      const { version } = await database.open();
      expect(await upgrade(database.name, version + 1)).toBe("done");
    },
    delete: (database) => deleteDB(database.name),
  };
});
