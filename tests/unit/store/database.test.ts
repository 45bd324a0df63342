import { openDB } from "idb";
import { afterEach, describe, expect, it } from "vitest";
import { SessionError } from "../../../src/protocol/session-error.ts";
import { Database, storageError } from "../../../src/store/database.ts";
import { SCHEMA_VERSION } from "../../../src/store/schema.ts";
import { UPGRADES } from "../../../src/store/upgrades.ts";
import { freshName } from "../../support/fake-database.ts";
import { insert } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";
import { schemaOf } from "./schema-of.ts";
import version1 from "./schema-v1.json" with { type: "json" };
import version2 from "./schema-v2.json" with { type: "json" };
import version3 from "./schema-v3.json" with { type: "json" };
import version4 from "./schema-v4.json" with { type: "json" };

const STORES = ["sessions", "tasks", "bodies", "parts", "outbox", "facts", "launches"] as const;

describe("Database", () => {
  const open: Database[] = [];
  afterEach(() => {
    for (const database of open.splice(0)) database.close();
  });

  function databaseNamed(name: string): Database {
    const database = new Database(name);
    open.push(database);
    return database;
  }

  it("opens on first use, and again after it was closed", async () => {
    const database = databaseNamed(freshName());
    const row = taskRow();
    await insert(database, row);
    database.close();
    expect(await database.read(["tasks"], (tx) => tx.objectStore("tasks").getAll())).toEqual([row]);
  });

  it("reopens at its next transaction if its connection was closed under it", async () => {
    const database = databaseNamed(freshName());
    (await database.open()).close();
    await insert(database, taskRow());
    expect(await database.read(["tasks"], (tx) => tx.objectStore("tasks").count())).toBe(1);
  });

  it("closes for a newer version at once, and continues in it without an upgrade", async () => {
    const name = freshName();
    const database = databaseNamed(name);
    await insert(database, taskRow());
    const newer = await openDB(name, SCHEMA_VERSION + 1, {
      upgrade: (it) => void it.createObjectStore("of-the-future"),
    });
    expect(await database.read(["tasks"], (tx) => tx.objectStore("tasks").count())).toBe(1);
    const version = (await database.open()).version;
    expect(version).toBe(SCHEMA_VERSION + 1);
    newer.close();
  });

  it("opens a newer version that only adds stores", async () => {
    const name = freshName();
    const newer = await openDB(name, SCHEMA_VERSION + 5, {
      upgrade(it, _old, _new, tx) {
        for (const step of UPGRADES) step(it as never, tx as never);
        it.createObjectStore("of-the-future");
      },
    });
    newer.close();
    const database = databaseNamed(name);
    await insert(database, taskRow());
    expect((await database.open()).objectStoreNames).toContain("of-the-future");
  });

  it("fails with page-outdated if a newer version lacks a store we need, and leaves it unchanged", async () => {
    const name = freshName();
    const stores = STORES.filter((store) => store !== "outbox");
    const newer = await openDB(name, SCHEMA_VERSION + 1, {
      upgrade(it) {
        for (const store of stores) it.createObjectStore(store);
      },
    });
    newer.close();
    await expect(databaseNamed(name).open()).rejects.toMatchObject({ code: "page-outdated" });
    const again = await openDB(name);
    expect([...again.objectStoreNames]).toEqual([...stores].sort());
    again.close();
  });

  it("an error in the callback aborts the whole transaction", async () => {
    const database = databaseNamed(freshName());
    const write = database.write(["facts"], "relaxed", async (tx) => {
      await tx.objectStore("facts").put(1, "one");
      throw new Error("in the middle");
    });
    await expect(write).rejects.toThrow("in the middle");
    expect(await database.read(["facts"], (tx) => tx.objectStore("facts").getAll())).toEqual([]);
  });

  it("two Database objects that create a database at the same time both get it", async () => {
    const name = freshName();
    const [one, other] = [databaseNamed(name), databaseNamed(name)];
    await Promise.all([insert(one, taskRow()), insert(other, taskRow())]);
    expect(await one.read(["tasks"], (tx) => tx.objectStore("tasks").count())).toBe(2);
  });
});

describe("the schema", () => {
  it("has one upgrade for each version", () => {
    expect(UPGRADES.length).toBe(SCHEMA_VERSION);
  });

  it.each([
    [1, version1],
    [2, version2],
    [3, version3],
    [4, version4],
  ])("version %i is as it was released: upgrades are appended, never edited", async (version, schema) => {
    const database = await openDB(freshName(), version, {
      upgrade: (it, _old, _new, tx) => {
        for (const step of UPGRADES.slice(0, version)) step(it as never, tx as never);
      },
    });
    expect(schemaOf(database)).toEqual(schema);
    database.close();
  });

  it("every older version is upgraded and keeps its data", async () => {
    for (let old = 1; old <= SCHEMA_VERSION; old += 1) {
      const name = freshName();
      const before = await openDB(name, old, {
        upgrade: (it, _old, _new, tx) => {
          for (const step of UPGRADES.slice(0, old)) step(it as never, tx as never);
        },
      });
      await before.put("tasks", taskRow({ key: "kept" }));
      before.close();
      const database = new Database(name);
      const keys = await database.read(["tasks"], (tx) => tx.objectStore("tasks").getAllKeys());
      expect(keys).toEqual([["session", "kept"]]);
      database.close();
    }
  });
});

describe("storageError", () => {
  it.each([
    ["QuotaExceededError", "storage-full"],
    ["UnknownError", "storage-lost"],
    ["AbortError", "storage-lost"],
    ["NotReadableError", "storage-lost"],
    ["InvalidStateError", "storage-lost"],
  ])("%s becomes %s, with its cause", (name, code) => {
    const cause = new DOMException("m", name);
    expect(storageError(cause)).toMatchObject({ code, cause });
  });

  it("Firefox's error for a full disk becomes storage-full", () => {
    expect(storageError({ name: "NS_ERROR_FILE_NO_DEVICE_SPACE" })).toMatchObject({ code: "storage-full" });
  });

  it.each([
    [new Error("ours")],
    [new SessionError("expired", "m")],
    [undefined],
    [null],
    ["text"],
    [new DOMException("m", "DataError")],
  ])("leaves %s alone", (error) => {
    expect(storageError(error)).toBe(error);
  });
});
