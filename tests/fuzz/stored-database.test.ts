import fc from "fast-check";
import { openDB } from "idb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isFinished, TASK_STATES } from "../../src/protocol/task-state.ts";
import { SCHEMA_VERSION, type Schema } from "../../src/store/schema.ts";
import { openStoredSession } from "../../src/store/sessions.ts";
import { UPGRADES } from "../../src/store/upgrades.ts";
import { macrotasks } from "../support/fake-world.ts";
import { casesOf, FUZZ_TIMEOUT_MS, SEED } from "../support/fuzz.ts";
import { anyEdge } from "../support/hostile-message.ts";
import { LaunchWorld } from "../support/launch-world.ts";
import { taskRow } from "../support/task-row.ts";

const STANDARD_CASES = 150;
const HOUR_MS = 3_600_000;
const STORES = ["sessions", "tasks", "bodies", "parts", "outbox", "launches", "facts"] as const;
type Store = (typeof STORES)[number];

const ETAG = { kind: "etag", value: '"1"' } as const;
const HEAD = {
  url: "https://app.test/file",
  status: 200,
  statusText: "",
  redirected: false,
  headers: { etag: '"1"', "content-length": "1000", "content-type": "x/y" },
};

/** The damage to one row. */
interface Damage {
  readonly store: Store;
  readonly which: number;
  readonly what: "field" | "lacks" | "gone" | "rubbish";
  readonly path: number;
  readonly value: unknown;
}

const anyDamage: fc.Arbitrary<Damage> = fc.record({
  store: fc.constantFrom<Store>(...STORES, "tasks", "tasks", "tasks", "tasks", "parts", "outbox", "sessions"),
  which: fc.nat(20),
  what: fc.constantFrom("field", "field", "field", "lacks", "lacks", "gone", "rubbish"),
  path: fc.nat(80),
  // Values of the right type, but wrong.
  value: fc.oneof(
    anyEdge.filter((value) => !Array.isArray(value) || value.length < 1_000),
    // The last one can be converted neither to a string nor to a number.
    fc.constantFrom<unknown>(...TASK_STATES, "data", "upload", "download", "tus", 5, 300, 1e15, {
      toString: 0,
      valueOf: 0,
    }),
  ),
});

/** The present version is the most likely. */
const anyVersion = fc.oneof(
  { weight: 3, arbitrary: fc.constant(SCHEMA_VERSION) },
  fc.integer({ min: 1, max: SCHEMA_VERSION }),
);

/** A browser with an app in it, on a disk that holds tasks in every state. */
class Story {
  readonly world = new LaunchWorld();
  readonly good = ["good first", "good second"];

  /** Fills the disk as the library with that schema version left it. */
  async fill(version: number): Promise<void> {
    const { disk } = this.world;
    const bytes = (from: number, to: number) => new Blob([this.world.server.bytes(1).slice(from, to)]);
    const file = (fileId: string) => ({
      fileId,
      total: 1_000,
      isTotalSure: true,
      isSameOrigin: true,
      validator: ETAG,
    });
    const deadline = Date.now() + HOUR_MS;
    const finished = {
      state: "completed",
      live: undefined,
      finishedAt: Date.now(),
      deadline: undefined,
    } as const;
    const rows = [
      ...this.good.map((key) => taskRow({ key, deadline })),
      taskRow({
        key: "begun",
        deadline,
        file: file("begun/0"),
        bytesReceived: 300,
        farthest: 300,
        response: HEAD,
      }),
      taskRow({ key: "suspended", state: "suspended", deadline: undefined, timeLeftMs: HOUR_MS }),
      taskRow({
        key: "waits",
        deadline,
        failures: 2,
        attempts: 2,
        backoff: { since: Date.now(), tries: 2, jitter: 0.5, floorMs: 0, isUnanswered: false },
        completion: { handler: "sent", context: { a: 1 } },
        retry: { limit: 3, unsafe: true },
      }),
      taskRow({ key: "held", deadline, hold: { status: 401, asksAgain: true }, waitStatuses: [401] }),
      taskRow({
        key: "fetched",
        deadline,
        backgroundFetch: {
          id: "background-session:1",
          start: 0,
          reason: "page-hidden",
          startedAt: Date.now(),
        },
      }),
      taskRow({
        key: "sent",
        kind: "upload",
        method: "POST",
        deadline,
        hasBody: true,
        upload: { sizeBytes: 5, bytesAcknowledged: 0 },
      }),
      taskRow({
        key: "tus",
        kind: "upload",
        method: "POST",
        deadline,
        hasBody: true,
        upload: {
          protocol: "tus",
          sizeBytes: 5,
          bytesAcknowledged: 0,
          parts: [{ start: 0, end: 5, offset: 0, reach: 0 }],
        },
      }),
      taskRow({ key: "other", session: "other", deadline }),
      taskRow({
        key: "downloaded",
        ...finished,
        file: file("downloaded/0"),
        bytesReceived: 1_000,
        response: HEAD,
      }),
      taskRow({
        key: "asked",
        ...finished,
        kind: "data",
        bytesReceived: 2,
        response: { ...HEAD, body: new ArrayBuffer(2) },
      }),
      taskRow({
        key: "failed",
        ...finished,
        failure: { code: "timed-out", message: "" },
        notification: { title: "" },
        notificationDue: 5,
      }),
    ];
    const part = (fileId: string, offset: number, end: number, level = 0) => ({
      ...{ session: "session", fileId, offset, sizeBytes: end - offset, level },
      bytes: bytes(offset, end),
    });
    const event = (taskKey: string, type: Schema["outbox"]["value"]["type"]) => ({
      ...{ session: "session", taskKey, type, eventId: `${taskKey} ${type}`, refusals: 0 },
    });
    const database = await openDB<Schema>(disk.name, version, {
      upgrade: (it, _old, _new, tx) => {
        for (const step of UPGRADES.slice(0, version)) step(it, tx);
      },
    });
    const stores = [...database.objectStoreNames];
    const tx = database.transaction(stores, "readwrite");
    for (const row of rows) await tx.objectStore("tasks").put(row);
    for (const key of ["sent", "tus"])
      await tx.objectStore("bodies").put({ session: "session", key, body: bytes(0, 5) });
    for (const it of [
      part("begun/0", 0, 100),
      part("begun/0", 100, 300),
      part("downloaded/0", 0, 600),
      part("downloaded/0", 600, 1_000),
    ])
      await tx.objectStore("parts").put(it);
    await tx.objectStore("outbox").add(event("downloaded", "didFinishDownloading"));
    for (const key of ["downloaded", "asked", "failed"])
      await tx.objectStore("outbox").add(event(key, "didComplete"));
    if (stores.includes("launches"))
      await tx.objectStore("launches").put({ session: "other", begunAt: 5, tries: 2 });
    await tx.objectStore("facts").put({ asked: 5 }, "persistence");
    await tx.done;
    database.close();
    await openStoredSession(disk, "session", undefined);
    await openStoredSession(disk, "other", undefined);
  }

  /** @returns the keys of the damaged tasks */
  async harm({ store, which, what, path, value }: Damage): Promise<void> {
    await this.world.disk.write([store], "relaxed", async (tx) => {
      const rows = tx.objectStore(store);
      const keys = (await rows.getAllKeys()).filter((key) => !this.good.includes(String(Object(key)[1])));
      const key = keys[which % Math.max(1, keys.length)];
      if (key === undefined) return;
      const row = (await rows.get(key as never)) as object;
      if (what === "gone" || typeof row !== "object" || row === null) return rows.delete(key as never);
      // Auto-incremented keys stay: after the largest possible key the database generates no more.
      const paths = pathsOf(row).filter(([name]) => !rows.autoIncrement || name !== rows.keyPath);
      const at = paths[path % Math.max(1, paths.length)];
      if (at === undefined) return rows.delete(key as never);
      const next = what === "rubbish" ? rubbish(row, rows.keyPath, value) : harmed(row, at, what, value);
      const isInline = rows.keyPath !== null;
      // The browser would reject an invalid key as well.
      try {
        // Keys are unique: a row whose key was damaged must not exist twice.
        await rows.delete(key as never);
        if (isInline) await rows.put(next as never);
        else await rows.put(next as never, key as never);
      } catch {}
    });
  }

  async live(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += ms / 20) {
      await macrotasks(10);
      await vi.advanceTimersByTimeAsync(ms / 20);
    }
    await macrotasks(30);
  }

  heardOf(id: string): string[] {
    return this.world.heard.filter(({ taskId }) => taskId === id).map(({ type }) => type);
  }

  close(): void {
    this.world.close();
    vi.clearAllTimers();
  }
}

/** The paths of all fields, nested ones included. */
function pathsOf(value: object, before: readonly string[] = []): string[][] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = [...before, name];
    const isPlain = typeof inner === "object" && Object.getPrototypeOf(inner ?? 0) === Object.prototype;
    return [path, ...(isPlain ? pathsOf(inner as object, path) : [])];
  });
}

function harmed(
  row: object,
  [name = "", ...rest]: readonly string[],
  what: Damage["what"],
  value: unknown,
): object {
  if (rest.length > 0) return { ...row, [name]: harmed(Reflect.get(row, name) as object, rest, what, value) };
  if (what === "field") return { ...row, [name]: value };
  const { [name]: _, ...others } = row as Record<string, unknown>;
  return others;
}

/** Leaves only the row's key. */
function rubbish(row: object, keyPath: string | string[] | null, value: unknown): unknown {
  if (keyPath === null) return value;
  return Object.fromEntries([keyPath].flat().map((name) => [name, Reflect.get(row, name)]));
}

describe("a damaged database", () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
      now: 1_000_000,
    });
  });
  afterEach(() => void vi.useRealTimers());

  /** The daemon and the page settle, and every good task has ended normally. */
  async function expectSettled(story: Story): Promise<void> {
    const { world } = story;
    for (const id of story.good) {
      expect(story.heardOf(id), world.log.map(({ message }) => message).join("\n")).toEqual([
        "didFinishDownloading",
        "didComplete",
      ]);
    }
    expect(world.browser.uncaught).toEqual([]);
    expect(world.violations).toEqual([]);
    // No error repeats for ever.
    const errors = world.log.filter(({ level }) => level === "error").map(({ message }) => message);
    expect(errors.length, errors.join("\n")).toBeLessThan(30);
    for (const { file } of world.heard) {
      if (file === undefined) continue;
      expect(Buffer.from(await file.arrayBuffer()).equals(world.server.bytes(1))).toBe(true);
    }
  }

  function everything({ world }: Story): Promise<unknown> {
    return world.disk.read([...STORES], (tx) =>
      Promise.all(STORES.map((store) => tx.objectStore(store).getAll())),
    );
  }

  async function unfinished({ world }: Story): Promise<unknown[]> {
    const rows = await world.disk.read(["tasks"], (tx) => tx.objectStore("tasks").index("by-live").getAll());
    return rows.filter(({ state }) => !isFinished(state) && state !== "suspended");
  }

  it(
    "is repaired or reported: good tasks go on, and a second start leaves everything as the first left it",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          anyVersion,
          fc.array(anyDamage, { minLength: 1, maxLength: 6 }),
          async (version, damages) => {
            vi.setSystemTime(1_000_000);
            const story = new Story();
            try {
              await story.fill(version);
              for (const damage of damages) await story.harm(damage);
              await story.world.openPage("observe");
              await story.live(2 * HOUR_MS);
              await expectSettled(story);
              expect(await unfinished(story)).toEqual([]);
              story.world.killBrowser();
              await story.world.openPage("observe");
              await story.live(60_000);
              const before = await everything(story);
              await story.live(HOUR_MS);
              await expectSettled(story);
              expect(await everything(story)).toEqual(before);
            } finally {
              story.close();
            }
          },
        ),
        {
          numRuns: casesOf(STANDARD_CASES),
          seed: SEED,
          examples: [
            [1, []],
            [SCHEMA_VERSION, []],
          ],
        },
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
