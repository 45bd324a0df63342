import "fake-indexeddb/auto";
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { explain } from "../../../src/inspector/explain.ts";
import { inspect } from "../../../src/inspector/inspect.ts";
import { DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import { LIBRARY_VERSION } from "../../../src/protocol/library-version.ts";
import { namesOf } from "../../../src/protocol/names.ts";
import { Database } from "../../../src/store/database.ts";
import { SCHEMA_VERSION, type TaskRow } from "../../../src/store/schema.ts";
import { freshName } from "../../support/fake-database.ts";
import { taskRow } from "../../support/task-row.ts";

const HOUR = 3_600_000;
let scope = "";

beforeEach(() => {
  scope = `https://app.test/${freshName()}/`;
  // What a page has and Node has not.
  vi.stubGlobal("location", { href: scope });
  vi.stubGlobal("navigator", { onLine: true });
});

afterEach(() => vi.unstubAllGlobals());

async function store(rows: readonly TaskRow[]): Promise<void> {
  const database = new Database(namesOf(scope).database);
  await database.write(["tasks", "sessions"], "strict", async (tx) => {
    const configuration = { ...DEFAULT_CONFIGURATION, secretHeaders: ["range"] };
    await tx.objectStore("sessions").put({ identifier: "session", configuration, incarnation: "1" });
    for (const row of rows) await tx.objectStore("tasks").put(row);
  });
  database.close();
}

async function told(): Promise<Record<string, string>> {
  const { tasks, takenAt } = await inspect(scope);
  return Object.fromEntries(tasks.map((task) => [task.id, explain(task, takenAt)]));
}

describe("inspect", () => {
  it("explains from the disk alone what waits while the worker is stopped", async () => {
    const now = Date.now();
    const backoff = {
      since: now,
      tries: 3,
      jitter: 1,
      floorMs: 2 * HOUR,
      isUnanswered: false,
      why: "HTTP 503",
    };
    const queue = { name: "edits", onFailure: "hold" } as const;
    const other = { name: "free", onFailure: "continue" } as const;
    await store([
      taskRow({ id: "backs-off", backoff }),
      taskRow({ id: "dated", earliestBeginDate: now + 3 * HOUR }),
      taskRow({
        id: "bad",
        description: "Song",
        queue,
        state: "completed",
        live: undefined,
        holds: ["session", "edits"],
      }),
      taskRow({ id: "held", queue }),
      taskRow({ id: "first", queue: other, backoff }),
      taskRow({ id: "second", queue: other }),
      taskRow({ id: "after", dependsOn: [["session", "dated"]] }),
      taskRow({ id: "asks", hold: { asksAgain: false, asks: "didReceiveChallenge", status: 401 } }),
      taskRow({ id: "ready" }),
    ]);
    expect(await told()).toEqual({
      "backs-off": expect.stringMatching(
        /^Attempt 0 failed \(HTTP 503\): .* in [34] hours .*\(Retry-After: 7200 s\)\.$/,
      ),
      dated: expect.stringMatching(/earliestBeginDate.* in 3 hours/),
      bad: "It has ended.",
      held: expect.stringMatching(/^Task "bad" \(Song\) ended badly and holds the queue "edits"/),
      first: expect.stringMatching(/^Attempt 0 failed/),
      second: expect.stringMatching(/^Task "first" \(backing-off\) is before it in the queue "free"/),
      after: expect.stringMatching(/^It comes after "dated"/),
      asks: expect.stringMatching(/^The app is asked after HTTP 401/),
      ready: expect.stringMatching(/^The worker is stopped/),
    });
  });

  it("is plain data that JSON keeps, without what the session calls secret", async () => {
    const request = { ...taskRow().request, url: "https://me:hush@app.test/f?sig=hush#hush" };
    const headers = { authorization: "hush", range: "hush", accept: "text/plain" };
    const failure = { code: "internal", message: "https://app.test/f?sig=hush failed" } as const;
    const completion = { handler: "done", context: "hush" };
    await store([
      taskRow({ id: "https://app.test/?id=hush", request: { ...request, headers }, failure, completion }),
    ]);
    const picture = await inspect(scope);
    expect(JSON.stringify(picture)).not.toContain("hush");
    expect(picture.tasks[0]?.request).toMatchObject({
      url: "https://app.test/f?…",
      headers: { accept: "text/plain" },
    });
    expect(JSON.parse(JSON.stringify(picture))).toEqual(JSON.parse(JSON.stringify(structuredClone(picture))));
  });

  it("says which version the worker had when pages opened sessions, if it is stopped", async () => {
    const script = "https://app.test/sw.js";
    vi.stubGlobal("navigator", {
      onLine: true,
      serviceWorker: {
        getRegistration: async () => ({ scope, active: { scriptURL: script }, waiting: {} }),
        getRegistrations: async () => [],
      },
    });
    const versions = async () => (await inspect(scope)).versions.workers;
    const waiting = { worker: "waiting", library: "unknown", protocol: undefined, isRunning: false };
    const active = { ...waiting, worker: "active" };
    expect(await versions()).toEqual([active, waiting]);
    const database = new Database(namesOf(scope).database);
    const put = (identifier: string, daemon: unknown) =>
      database.write(["sessions"], "strict", (tx) =>
        tx
          .objectStore("sessions")
          .put({ identifier, configuration: DEFAULT_CONFIGURATION, incarnation: "1", daemon } as never),
      );
    const greeting = { versions: { min: 1, max: 1 }, library: "0.1.9" };
    await put("moved", { script: "https://app.test/old.js", greeting: { ...greeting, library: "0.0.1" } });
    await put("damaged", { script, greeting: 7 });
    await put("first", { script, greeting });
    expect(await versions()).toEqual([{ ...active, library: "0.1.9" }, waiting]);
    await put("second", { script, greeting: { ...greeting, library: "0.2.0" } });
    await put("third", { script, greeting });
    database.close();
    expect(await versions()).toEqual([{ ...active, library: "0.1.9 or 0.2.0" }, waiting]);
  });

  it("says that nothing is stored, and makes no database", async () => {
    expect(await inspect(scope)).toMatchObject({
      hasDatabase: false,
      tasks: [],
      versions: { storedSchema: undefined },
    });
    expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(namesOf(scope).database);
  });

  it("makes no database where the browser cannot list them", async () => {
    const list = indexedDB.databases.bind(indexedDB);
    Object.defineProperty(indexedDB, "databases", { value: undefined, configurable: true });
    expect(await inspect(scope)).toMatchObject({ hasDatabase: false });
    Object.defineProperty(indexedDB, "databases", { value: list, configurable: true });
    expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(namesOf(scope).database);
  });

  it.each([1, SCHEMA_VERSION + 3])("reads a database of version %i as it is", async (version) => {
    const { UPGRADES } = await import("../../../src/store/upgrades.ts");
    const { openDB } = await import("idb");
    const made = await openDB<never>(namesOf(scope).database, version, {
      upgrade: (database, _old, _new, tx) => {
        for (const step of UPGRADES.slice(0, version)) step(database as never, tx as never);
      },
    });
    await made.put("tasks" as never, taskRow({ id: "old" }) as never);
    made.close();
    const picture = await inspect(scope);
    expect(picture.versions).toMatchObject({ schema: SCHEMA_VERSION, storedSchema: version });
    expect(picture.tasks.map(({ id }) => id)).toEqual(["old"]);
    const listed = (await indexedDB.databases()).find(({ name }) => name === namesOf(scope).database);
    expect(listed?.version).toBe(version);
  });

  it("names the version of the package", async () => {
    const file = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
    expect(LIBRARY_VERSION).toBe((JSON.parse(file) as { version: string }).version);
  });
});
