import { afterEach, describe, expect, it, vi } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { sweepExpired, sweepOrphans, sweepSettled } from "../../../src/store/sweep.ts";
import { changed, type TaskChange } from "../../../src/store/tasks.ts";
import { useDatabases } from "../../support/fake-database.ts";
import { everythingIn } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

const COUNT = 450;
const WEEKS_LATER = 30 * 86_400_000;

/** The changes that make a task due for each sweep, and no longer due. */
const SWEEPS: Readonly<
  Record<string, { due: TaskChange; spared: TaskChange; sweep: (it: Database) => unknown }>
> = {
  sweepSettled: {
    due: { settledAt: 1 },
    spared: { settledAt: undefined },
    sweep: (database) => sweepSettled(database, WEEKS_LATER),
  },
  sweepExpired: {
    due: { finishedAt: 1 },
    spared: { finishedAt: undefined },
    sweep: (database) => sweepExpired(database, WEEKS_LATER),
  },
  // The file belongs to no task.
  sweepOrphans: {
    due: { file: undefined },
    spared: {},
    sweep: (database) => sweepOrphans(database),
  },
};

describe("a sweep runs in slices: other writes neither wait for it nor are undone by it", () => {
  const newDatabase = useDatabases();
  afterEach(() => void vi.restoreAllMocks());

  function finishedRow(nth: number, change: TaskChange): TaskRow {
    const key = `key-${nth}`;
    const file = { fileId: `${key}/0`, isTotalSure: false, isSameOrigin: true };
    return changed(taskRow({ key, order: nth, state: "completed", live: undefined, file }), change);
  }

  async function fill(due: TaskChange): Promise<Database> {
    const database = newDatabase();
    await openStoredSession(database, "session", undefined);
    await database.write(["tasks", "parts"], "relaxed", async (tx) => {
      for (let nth = 0; nth < COUNT; nth += 1) {
        await tx.objectStore("tasks").put(finishedRow(nth, due));
        const part = { session: "session", sizeBytes: 1, bytes: new Blob(["x"]), level: 0 };
        for (const offset of [0, 1])
          await tx.objectStore("parts").put({ ...part, fileId: `key-${nth}/0`, offset });
      }
    });
    return database;
  }

  describe.each(Object.keys(SWEEPS))("%s", (name) => {
    const { due, spared, sweep } = SWEEPS[name] as (typeof SWEEPS)[string];

    it("lets other writes run in between", async () => {
      const database = await fill(due);
      let isOver = false;
      const swept = Promise.resolve(sweep(database)).finally(() => {
        isOver = true;
      });
      let writes = 0;
      for (; !isOver; writes += 1)
        await database.write(["tasks", "parts"], "relaxed", (tx) => tx.objectStore("tasks").count());
      await swept;
      expect(writes).toBeGreaterThan(3);
      expect((await everythingIn(database)).parts).toEqual([]);
    });

    it("leaves a row alone that is no longer due when its slice runs", async () => {
      const database = await fill(due);
      const write = database.write.bind(database);
      let isFirst = true;
      vi.spyOn(database, "write").mockImplementation(async (...all) => {
        const row = finishedRow(1, spared);
        if (isFirst) await write(["tasks"], "relaxed", (tx) => tx.objectStore("tasks").put(row));
        isFirst = false;
        return write(...all) as never;
      });
      await sweep(database);
      const { tasks, parts } = await everythingIn(database);
      expect(parts.map(({ fileId }) => fileId)).toEqual(["key-1/0", "key-1/0"]);
      expect(tasks.find(({ key }) => key === "key-1")).toEqual(finishedRow(1, spared));
    });

    it("writes nothing if nothing is due", async () => {
      const database = await fill(due);
      await sweep(database);
      const writes = vi.spyOn(database, "write");
      await sweep(database);
      expect(writes).not.toHaveBeenCalled();
    });
  });
});
