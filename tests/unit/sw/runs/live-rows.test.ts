import { describe, expect, it, vi } from "vitest";
import { LiveRows } from "../../../../src/sw/runs/live-rows.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { taskRow } from "../../../support/task-row.ts";

describe("LiveRows", () => {
  const newDatabase = useDatabases();

  it.each([
    ["runs", {}],
    ["is being given up", { failure: { code: "storage-lost", message: "" } as const }],
  ])(
    "forgets a task that %s and whose row turns out to be deleted, so that its queue goes on",
    async (_, change) => {
      const replan = vi.fn();
      const rows = new LiveRows({
        host: { database: newDatabase() },
        onRow: () => {},
        onFinished: () => {},
        onGivenUp: () => {},
        replan,
      });
      rows.admit(taskRow({ key: "gone", ...change }));
      expect(rows.all).toHaveLength(1);
      expect(await rows.change("another session", "gone", (row) => row)).toBeUndefined();
      expect([rows.all.length, replan.mock.calls.length]).toEqual([1, 0]);
      expect(await rows.change("session", "gone", (row) => row)).toBeUndefined();
      expect([rows.all.length, replan.mock.calls.length]).toEqual([0, 1]);
    },
  );
});
