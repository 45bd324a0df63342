import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../../../src/protocol/configuration.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { plan } from "../../../../src/sw/decisions/scheduler.ts";
import { LONGEST_SILENCE_MS } from "../../../../src/sw/decisions/silence.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";
import { quietAt } from "../../../support/transport-conditions.ts";

const NOW = 1_000_000;
const DUE = { since: 0, tries: 1, jitter: 0, floorMs: 0, isUnanswered: true };

function planOf(
  rows: readonly TaskRow[],
  silentHosts: Record<string, number>,
  running: TaskRow[] = [],
  configuration: Partial<StoredConfiguration> = {},
) {
  return plan({
    rows,
    runs: running,
    brokenOff: [],
    isHeld: () => false,
    lastStartOf: () => undefined,
    isRunning: (row) => running.includes(row),
    connectionsOf: () => 1,
    configurationOf: () => ({ ...DEFAULT_CONFIGURATION, ...configuration }),
    conditions: { ...quietAt(NOW), silentHosts: new Map(Object.entries(silentHosts)) },
  });
}

let order = 0;
/** A task of `silent.test` that failed without an answer and is due. */
const retried = (change: RowOptions = {}) =>
  taskRow({ url: "https://silent.test/", key: `key-${order}`, order: order++, backoff: DUE, ...change });

describe("tasks of a host whose last request got no answer", () => {
  it("try it one at a time, the most urgent first, and the others not longer than 20 s later", () => {
    const rows = [retried(), retried({ priority: 1 }), retried()];
    const { start, waiting, nextAttempts, wakeAt } = planOf(rows, { "silent.test": NOW });
    expect(start).toEqual([rows[1]]);
    for (const row of [rows[0], rows[2]] as TaskRow[]) expect(waiting.get(row)).toBe("waiting-for-network");
    expect([wakeAt, nextAttempts.size]).toEqual([NOW + LONGEST_SILENCE_MS, 0]);
  });

  it("take turns: first comes the one that was tried least and longest ago", () => {
    const often = retried({ priority: 1, backoff: { ...DUE, since: 9_000, tries: 9 } });
    const lately = retried({ backoff: { ...DUE, since: 8_000 } });
    const healthy = retried({ url: "https://other.test/" });
    const longAgo = retried({ backoff: { ...DUE, since: 7_000 } });
    expect(planOf([often, lately, healthy, longAgo], { "silent.test": NOW }).start).toEqual([
      longAgo,
      healthy,
    ]);
    // Otherwise those that were tried often would have to wait for each new one.
    const old = retried({ backoff: { ...DUE, since: -600_000, tries: 9 } });
    expect(planOf([lately, old], { "silent.test": NOW }).start).toEqual([old]);
  });

  it("do not wait for one that has no place itself", () => {
    const running = retried({ url: "https://other.test/", backoff: undefined, session: "full" });
    const rows = [running, retried({ session: "full" }), retried(), retried()];
    const { start, line, waiting } = planOf(rows, { "silent.test": NOW }, [running], {
      maximumConnections: 1,
    });
    expect([start, line]).toEqual([[rows[2]], [rows[1]]]);
    expect([...waiting.values()].sort()).toEqual(["waiting-for-network", "waiting-for-turn"]);
  });

  it("wait until it is tried again, which is not known to be their own next attempt", () => {
    const rows = [retried(), retried()];
    const { start, waiting, nextAttempts, wakeAt } = planOf(rows, { "silent.test": NOW + 5 });
    expect([start, waiting.size, nextAttempts.size, wakeAt]).toEqual([[], 2, 0, NOW + 5]);
  });

  it("wait as long as they would anyway, if that is longer", () => {
    const row = retried({ backoff: { ...DUE, since: NOW, jitter: 1 } });
    expect(planOf([row], { "silent.test": NOW + 5 }).nextAttempts.get(row)).toBe(NOW + 1_000);
  });

  it.each<[string, RowOptions]>([
    ["have not been tried yet", { backoff: undefined }],
    ["were answered", { backoff: { ...DUE, isUnanswered: false } }],
    ["are for another host", { url: "https://other.test/" }],
    ["are for another port of the host", { url: "https://silent.test:8443/" }],
  ])("do not wait for it if they %s", (_, change) => {
    const rows = [retried(change), retried(change), retried()];
    expect(planOf(rows, { "silent.test": NOW + 5 }).start).toEqual(rows.slice(0, 2));
  });

  it("try each silent host", () => {
    const rows = [retried(), retried({ url: "https://other.test/" })];
    expect(planOf(rows, { "silent.test": NOW, "other.test": NOW }).start).toEqual(rows);
  });

  it("go on if they are under way", () => {
    const rows = [retried(), retried(), retried()];
    const { start, stop } = planOf(rows, { "silent.test": NOW + 5 }, rows.slice(0, 2));
    expect([start, stop]).toEqual([[], []]);
  });
});
