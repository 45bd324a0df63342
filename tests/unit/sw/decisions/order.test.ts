import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION, type SessionConfiguration } from "../../../../src/protocol/configuration.ts";
import { storedConfiguration } from "../../../../src/protocol/configuration-rules.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { orderOf } from "../../../../src/sw/decisions/order.ts";
import { type Plan, plan } from "../../../../src/sw/decisions/scheduler.ts";
import type { Situation } from "../../../../src/sw/decisions/situation.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";
import { quietAt } from "../../../support/transport-conditions.ts";

const NOW = 1_000_000;

function inQueue(name: string, options: RowOptions = {}): TaskRow {
  return taskRow({ kind: "data", queue: { name, onFailure: "continue" }, ...options });
}

describe("orderOf", () => {
  const reasonsFor = (
    rows: readonly TaskRow[],
    runs: readonly TaskRow[] = [],
    held: readonly TaskRow[] = [],
    brokenOff: readonly TaskRow[] = [],
  ) => {
    const reasonFor = orderOf({ rows, runs, brokenOff, isHeld: (row) => held.includes(row) });
    return rows.map(reasonFor);
  };

  it("lets the first of each queue begin, and whatever has no queue", () => {
    const rows = [inQueue("a"), inQueue("b"), inQueue("a"), taskRow(), inQueue("a", { session: "other" })];
    expect(reasonsFor(rows)).toEqual([undefined, undefined, "waiting-for-queue", undefined, undefined]);
  });

  it("the first is the one with the smallest order, whatever its priority or state", () => {
    const rows = [
      inQueue("a", { order: 3, priority: 1 }),
      inQueue("a", { order: 1, priority: 0, state: "suspended" }),
      inQueue("a", { order: 2 }),
    ];
    expect(reasonsFor(rows)).toEqual(["waiting-for-queue", undefined, "waiting-for-queue"]);
  });

  it("one of two with the same order is the first", () => {
    const rows = [inQueue("a", { order: 1, key: "y" }), inQueue("a", { order: 1, key: "x" })];
    expect(reasonsFor(rows)).toEqual(["waiting-for-queue", undefined]);
  });

  it("waits for a run of its queue or its id that has not ended yet, though its task has", () => {
    const gone = inQueue("a", { id: "edit" });
    const rows = [
      inQueue("a"),
      taskRow({ id: "edit" }),
      taskRow({ id: "edit", session: "other" }),
      inQueue("b"),
    ];
    expect(reasonsFor(rows, [gone])).toEqual(["waiting-for-turn", "waiting-for-turn", undefined, undefined]);
  });

  it("does not wait for its own run", () => {
    const row = inQueue("a");
    expect(reasonsFor([row], [row])).toEqual([undefined]);
  });

  it("sends nothing beside a request that was just broken off: not its queue, not its id, not the task itself", () => {
    const [first, second] = [inQueue("a"), inQueue("a", { id: "same" })];
    expect(reasonsFor([second, taskRow({ id: "same" }), taskRow()], [], [], [first])).toEqual([
      "waiting-for-turn",
      undefined,
      undefined,
    ]);
    expect(reasonsFor([first, taskRow({ id: "same" })], [], [], [second])).toEqual([
      "waiting-for-turn",
      "waiting-for-turn",
    ]);
    const alone = taskRow();
    expect(reasonsFor([alone, taskRow()], [], [], [alone])).toEqual(["waiting-for-turn", undefined]);
  });

  it("says what holds a task: the queue, those before it, or those that it comes after", () => {
    const waits = { dependsOn: [["session", "x"]] } as RowOptions;
    const [first, second, third] = [inQueue("a", waits), inQueue("a", waits), inQueue("b")];
    expect(reasonsFor([first, second, third, taskRow(waits)], [], [third])).toEqual([
      "waiting-for-tasks",
      "waiting-for-queue",
      "queue-held",
      "waiting-for-tasks",
    ]);
  });
});

describe("the plan, with queues and limits", () => {
  function planOf(
    rows: readonly TaskRow[],
    configuration: SessionConfiguration = {},
    change: Partial<Situation> = {},
  ): Plan {
    return plan({
      rows,
      runs: [],
      brokenOff: [],
      isHeld: () => false,
      lastStartOf: () => undefined,
      isRunning: () => false,
      connectionsOf: () => 0,
      configurationOf: () => storedConfiguration(configuration),
      conditions: quietAt(NOW),
      ...change,
    });
  }

  const hosts = (count: number, options: RowOptions = {}): TaskRow[] =>
    Array.from({ length: count }, (_, index) =>
      taskRow({ kind: "data", url: `https://${index}.test/`, ...options }),
    );

  it("what waits for others keeps neither the worker awake nor the session busy", () => {
    const suspended = inQueue("a", { state: "suspended" });
    const idle = planOf([suspended, inQueue("a"), taskRow({ dependsOn: [["session", "x"]] })]);
    expect([idle.needsWorker, [...idle.busy], idle.start.length]).toEqual([false, [], 0]);
    const busy = planOf([inQueue("a"), inQueue("a")]);
    expect([busy.needsWorker, busy.start.length]).toEqual([true, 1]);
  });

  it("a task that is being given up has its place in the queue, and no run", () => {
    const failing = inQueue("a", { failure: { code: "dependency-failed", message: "" } });
    expect(planOf([failing, inQueue("a")]).start).toEqual([]);
  });

  it("deadlines pass in a queue too", () => {
    const late = inQueue("a", { deadline: NOW });
    expect(planOf([inQueue("a"), late]).expired).toEqual([late]);
  });

  it.each<[string, SessionConfiguration, Partial<Situation>, RowOptions, number]>([
    ["no limit of its own", {}, {}, {}, 64],
    ["a session", { maximumConnections: 5 }, {}, {}, 5],
    ["a group", { groups: { g: { maximumConnections: 3 } } }, {}, { group: "g" }, 3],
    ["another group", { groups: { g: { maximumConnections: 3 } } }, {}, { group: "h" }, 64],
    ["the daemon", {}, { maximumConnections: 4 }, {}, 4],
    ["a daemon that wants too many", {}, { maximumConnections: 400 }, {}, 64],
    ["an interval", { minimumStartInterval: 1 }, {}, {}, 1],
  ])("%s: as many start at once as are allowed", (_, configuration, change, options, count) => {
    expect(planOf(hosts(80, options), configuration, change).start).toHaveLength(count);
  });

  it("a group counts its own session's connections, those of its runs included", () => {
    const configuration = { groups: { g: { maximumConnections: 2 } } };
    const [running, ...waiting] = hosts(4, { group: "g" }) as [TaskRow, ...TaskRow[]];
    const isRunning = (row: TaskRow) => row === running;
    const change = { isRunning, connectionsOf: (row: TaskRow) => Number(isRunning(row)) };
    const others = hosts(2, { group: "g", session: "other" });
    const { start } = planOf([running, ...waiting, ...others], configuration, change);
    expect(start.map(({ session }) => session).sort()).toEqual(["other", "other", "session"]);
  });

  it("the next start of a session waits for its interval, and the plan wakes up for it", () => {
    const configuration = { minimumStartInterval: 2 };
    const at = (last: number) => planOf(hosts(2), configuration, { lastStartOf: () => last });
    expect([at(NOW - 1_999).start.length, at(NOW - 1_999).wakeAt]).toEqual([0, NOW + 1]);
    expect([at(NOW - 2_000).start.length, at(NOW - 2_000).wakeAt]).toEqual([1, NOW + 2_000]);
    // The clock was set back.
    expect(at(NOW + 50_000).start.length).toBe(1);
  });

  it("a wide upload may use all its connections although starts are spaced", () => {
    const upload = taskRow({
      kind: "upload",
      upload: { bytesAcknowledged: 0, protocol: "tus", connections: 4 },
    });
    expect(planOf([upload], { minimumStartInterval: 1 }).connections.get(upload)).toBe(4);
  });

  it("the default has no limits of its own", () => {
    expect(DEFAULT_CONFIGURATION).toMatchObject({ maximumConnections: 64, minimumStartInterval: 0 });
  });
});
