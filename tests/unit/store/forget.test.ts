import { describe, expect, it } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { forgetTask } from "../../../src/store/forget.ts";
import { readHistory } from "../../../src/store/history.ts";
import { insertTasks } from "../../../src/store/insert.ts";
import { acknowledgeEvents, readEvents } from "../../../src/store/outbox.ts";
import { releaseQueue } from "../../../src/store/queues.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { sweepSettled } from "../../../src/store/sweep.ts";
import { changed, changeTask, readTask, transition } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { eventsOf, everythingIn } from "../../support/stored.ts";
import { type RowOptions, taskRow } from "../../support/task-row.ts";

const LATER = 1_000_000;
const EMPTY = { tasks: [], bodies: [], parts: [], outbox: [] };

/** A failed upload, which is kept for a retry. */
async function failedUpload(database: Database, options: RowOptions = {}): Promise<void> {
  const upload = { sizeBytes: 4, bytesAcknowledged: 0 };
  const row = taskRow({ key: "a", kind: "upload", method: "POST", hasBody: true, upload, ...options });
  await insertTasks(database, [{ row, body: new Blob(["body"]), onDuplicate: "keep" }], 0);
  await changeTask(database, "session", "a", "strict", (it) =>
    changed(transition(it, "finish", 10), { failure: { code: "timed-out", message: "" } }),
  );
}

async function settle(database: Database): Promise<void> {
  for (const event of await readEvents(database, "session", 0))
    await acknowledgeEvents(database, [event], 20);
}

describe("forgetTask", () => {
  const newDatabase = useDatabases();

  it.each([[undefined], [true as const]])(
    "deletes a settled task with its body at once (keepsHistory: %s)",
    async (keepsHistory) => {
      const database = newDatabase();
      await failedUpload(database, { keepsHistory });
      await settle(database);
      await sweepSettled(database, LATER);
      expect((await everythingIn(database)).bodies.length).toBe(1);
      await forgetTask(database, "session", "a");
      expect(await everythingIn(database)).toMatchObject(EMPTY);
    },
  );

  it("takes a task whose events are not settled out of the history, and leaves its events", async () => {
    const database = newDatabase();
    await failedUpload(database, { keepsHistory: true });
    await forgetTask(database, "session", "a");
    expect(await readHistory(database, "session", {}, 10, [Number.NEGATIVE_INFINITY], [0])).toEqual([]);
    expect(await eventsOf(database, "a")).toEqual(["didComplete"]);
    expect((await everythingIn(database)).bodies.length).toBe(1);
    await sweepSettled(database, LATER);
    expect((await everythingIn(database)).tasks.length).toBe(1);
    await settle(database);
    await sweepSettled(database, LATER);
    expect(await everythingIn(database)).toMatchObject(EMPTY);
  });

  it("leaves an unfinished task alone, and does nothing for one that is gone", async () => {
    const database = newDatabase();
    const row = taskRow({ key: "a" });
    await insertTasks(database, [{ row, onDuplicate: "keep" }], 0);
    await forgetTask(database, "session", "a");
    await forgetTask(database, "session", "gone");
    expect((await everythingIn(database)).tasks).toEqual([row]);
  });

  it("keeps a task that holds its queue until the queue goes on", async () => {
    const database = newDatabase();
    const queue = { name: "q", onFailure: "hold" } as const;
    await failedUpload(database, { queue, holds: ["session", "q"] });
    await settle(database);
    await forgetTask(database, "session", "a");
    await sweepSettled(database, LATER);
    expect((await everythingIn(database)).tasks.length).toBe(1);
    await releaseQueue(database, "session", "q");
    await sweepSettled(database, LATER);
    expect(await everythingIn(database)).toMatchObject(EMPTY);
  });

  it("leaves the body to the task that took it over", async () => {
    const database = newDatabase();
    await failedUpload(database);
    await settle(database);
    const row = taskRow({ key: "b", kind: "upload", method: "POST" });
    const predecessor = { key: "a", mustResume: false, hasBody: true };
    await insertTasks(database, [{ row, onDuplicate: "keep", predecessor }], 0);
    await forgetTask(database, "session", "a");
    const { tasks, bodies } = await everythingIn(database);
    expect(tasks.map(({ key }) => key)).toEqual(["b"]);
    expect(bodies.length).toBe(1);
    expect((await readTask(database, "session", "b")) as TaskRow).toMatchObject({
      hasBody: true,
      bodyOf: "a",
    });
  });
});
