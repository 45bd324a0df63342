import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../../src/protocol/configuration.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { dueTime } from "../../../src/sw/retry-policy.ts";
import { type Conditions, LONG_TRANSFERS_WHILE_VISIBLE, type Plan, plan } from "../../../src/sw/scheduler.ts";
import { taskRow } from "../../support/task-row.ts";

const NOW = 1_000_000;
const SOON = fc.integer({ min: NOW - 50, max: NOW + 50 });

/** A world: rows, which of them run, how each session is configured, and what the conditions are. */
interface World {
  readonly rows: readonly TaskRow[];
  readonly running: ReadonlySet<TaskRow>;
  /** Some of those that run. */
  readonly settling?: ReadonlySet<TaskRow>;
  readonly configurations: ReadonlyMap<string, StoredConfiguration>;
  readonly conditions: Conditions;
}

const anyRow: fc.Arbitrary<TaskRow> = fc
  .record({
    session: fc.constantFrom("a", "b"),
    host: fc.constantFrom("one.test", "two.test"),
    kind: fc.constantFrom("download" as const, "upload" as const, "data" as const),
    state: fc.constantFrom("running" as const, "running" as const, "running" as const, "suspended" as const),
    priority: fc.constantFrom(0, 0.5, 1),
    deadline: fc.option(SOON, { nil: undefined }),
    earliestBeginDate: fc.option(SOON, { nil: undefined, freq: 3 }),
    hold: fc.option(fc.record({ asksAgain: fc.boolean() }), { nil: undefined, freq: 5 }),
    backoff: fc.option(
      fc.record({
        since: fc.integer({ min: NOW - 50, max: NOW }),
        tries: fc.integer({ min: 1, max: 40 }),
        jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        floorMs: fc.constantFrom(0, 20),
        isUnanswered: fc.boolean(),
      }),
      { nil: undefined, freq: 2 },
    ),
  })
  .map(({ host, ...change }) => taskRow({ url: `https://${host}/file`, ...change }));

const anyConfiguration: fc.Arbitrary<StoredConfiguration> = fc
  .record({
    httpMaximumConnectionsPerHost: fc.integer({ min: 1, max: 8 }),
    allowsExpensiveNetworkAccess: fc.boolean(),
    allowsConstrainedNetworkAccess: fc.boolean(),
  })
  .map((change) => ({ ...DEFAULT_CONFIGURATION, ...change }));

const anyConditions: fc.Arbitrary<Conditions> = fc.record({
  now: fc.constant(NOW),
  isOnline: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  isVisible: fc.boolean(),
  isExpensive: fc.constantFrom(undefined, undefined, true, false),
  isConstrained: fc.constantFrom(undefined, undefined, true, false),
  onlineSince: SOON,
  multiplexedHosts: fc.subarray(["one.test"]).map((hosts) => new Set(hosts)),
});

const anyWorld: fc.Arbitrary<World> = fc
  .record({
    rows: fc.array(anyRow, { maxLength: 30 }),
    a: anyConfiguration,
    b: anyConfiguration,
    conditions: anyConditions,
    run: fc.infiniteStream(fc.boolean()),
  })
  .map(({ rows, a, b, conditions, run }) => ({
    rows,
    running: new Set(rows.filter((row) => row.state === "running" && run.next().value && run.next().value)),
    configurations: new Map([
      ["a", a],
      ["b", b],
    ]),
    conditions,
  }));

function configurationIn({ configurations }: World, row: TaskRow): StoredConfiguration {
  return configurations.get(row.session) as StoredConfiguration;
}

function planOf(world: World): Plan {
  return plan({
    rows: world.rows,
    isRunning: (row) => world.running.has(row),
    isSettling: (row) => world.settling?.has(row) ?? false,
    configurationOf: (session) => world.configurations.get(session) ?? DEFAULT_CONFIGURATION,
    conditions: world.conditions,
  });
}

function hostOf(row: TaskRow): string {
  return new URL(row.request.url).host;
}

function isLong(row: TaskRow): boolean {
  return row.kind !== "data";
}

function areRivals(a: TaskRow, b: TaskRow): boolean {
  return hostOf(a) === hostOf(b) && a.kind === b.kind && a.session === b.session;
}

function isMoreUrgent(a: TaskRow, b: TaskRow): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority > b.priority;
}

function holdsFor(check: (world: World, plan: Plan) => void): void {
  fc.assert(
    fc.property(anyWorld, (world) => check(world, planOf(world))),
    { numRuns: 500 },
  );
}

describe("plan", () => {
  it("never starts a task that would be one too many for its host", () => {
    holdsFor((world, { start, expired }) => {
      const busy = [...world.running].filter((row) => !expired.includes(row));
      for (const [index, row] of start.entries()) {
        const others = [...busy, ...start.slice(0, index)].filter((it) => hostOf(it) === hostOf(row));
        expect(others.length).toBeLessThan(configurationIn(world, row).httpMaximumConnectionsPerHost);
      }
    });
  });

  it("leaves a visible page its connections: at most four long transfers, unless the host multiplexes", () => {
    holdsFor(({ conditions, running }, { start, expired }) => {
      if (!conditions.isVisible) return;
      const busy = [...running].filter((row) => !expired.includes(row) && isLong(row));
      for (const [index, row] of start.entries()) {
        if (!isLong(row) || conditions.multiplexedHosts.has(hostOf(row))) continue;
        const others = [...busy, ...start.slice(0, index).filter(isLong)].filter(
          (it) => hostOf(it) === hostOf(row),
        );
        expect(others.length).toBeLessThan(LONG_TRANSFERS_WHILE_VISIBLE);
      }
    });
  });

  it("starts none that waits for a page to resume it", () => {
    holdsFor(({ conditions }, { start, waiting }) => {
      expect(start.filter((row) => row.hold?.asksAgain === false)).toEqual([]);
      for (const [row, activity] of waiting) {
        if (activity === "needs-authorization") expect(row.hold).toBeDefined();
        if (row.hold?.asksAgain === false && conditions.isOnline) {
          expect(["needs-authorization", "waiting-for-date", "waiting-for-allowed-network"]).toContain(
            activity,
          );
        }
      }
    });
  });

  it("starts by priority, then in the order of creation", () => {
    holdsFor((_, { start }) => {
      const sorted = [...start].sort((a, b) => b.priority - a.priority || a.order - b.order);
      expect(start).toEqual(sorted);
    });
  });

  it("lets none pass that is more urgent, of the same host, kind and session", () => {
    holdsFor((_, { start, waiting }) => {
      const inTurn = [...waiting.keys()].filter((row) => waiting.get(row) === "waiting-for-turn");
      for (const row of inTurn) {
        const rivals = start.filter((other) => areRivals(row, other));
        expect(rivals.filter((other) => isMoreUrgent(row, other))).toEqual([]);
      }
    });
  });

  it("starts nothing offline, before its date, in its backoff, or when its time is over", () => {
    holdsFor(({ conditions }, { start, waiting }) => {
      if (start.length > 0) expect(conditions.isOnline).toBe(true);
      for (const row of start) {
        expect(row.state).toBe("running");
        expect(row.earliestBeginDate ?? 0).toBeLessThanOrEqual(NOW);
        expect(row.deadline ?? Number.POSITIVE_INFINITY).toBeGreaterThan(NOW);
        expect(row.backoff === undefined ? 0 : dueTime(row.backoff, conditions)).toBeLessThanOrEqual(NOW);
      }
      for (const row of waiting.keys()) expect(row.state).toBe("running");
    });
  });

  it("starts nothing on a network that its session does not allow", () => {
    holdsFor((world, { start }) => {
      const { isExpensive, isConstrained } = world.conditions;
      const allowed = start.map((row) => configurationIn(world, row));
      if (isExpensive) expect(allowed.every((it) => it.allowsExpensiveNetworkAccess)).toBe(true);
      if (isConstrained) expect(allowed.every((it) => it.allowsConstrainedNetworkAccess)).toBe(true);
    });
  });

  it("gives each task that wants to run one place: it runs, starts, waits, or its time is over", () => {
    holdsFor(({ rows, running }, { start, expired, waiting, busy }) => {
      const wanted = rows.filter((row) => row.state === "running");
      // What waits for a page to resume it keeps no worker awake.
      const isAwake = wanted.filter((row) => row.hold?.asksAgain !== false);
      expect(busy).toEqual(new Set(isAwake.map((row) => row.session)));
      for (const row of wanted) {
        const isExpired = expired.includes(row);
        const places = [running.has(row) && !isExpired, isExpired, start.includes(row), waiting.has(row)];
        expect(places.filter(Boolean)).toEqual([true]);
      }
      expect(start.length + expired.length + waiting.size).toBeLessThanOrEqual(wanted.length);
    });
  });

  it("lists exactly those whose time is over, running ones too", () => {
    holdsFor(({ rows }, { expired }) => {
      const late = rows.filter((row) => row.state === "running" && (row.deadline ?? NOW + 1) <= NOW);
      expect([...expired]).toEqual(late);
    });
  });

  it("plans the same until wakeAt, and another thing then", () => {
    holdsFor((world, first) => {
      const at = (now: number): Plan => planOf({ ...world, conditions: { ...world.conditions, now } });
      const end = first.wakeAt ?? NOW + 1_000_000;
      expect(end).toBeGreaterThan(NOW);
      for (const now of [NOW + 1, Math.floor((NOW + end) / 2), Math.ceil(end) - 1]) {
        if (now <= NOW || now >= end) continue;
        expect({ ...at(now), wakeAt: 0 }).toEqual({ ...first, wakeAt: 0 });
      }
      if (first.wakeAt !== undefined) {
        expect({ ...at(first.wakeAt), wakeAt: 0 }).not.toEqual({ ...first, wakeAt: 0 });
      }
    });
  });

  it("one task more never starts fewer", () => {
    fc.assert(
      fc.property(anyWorld, anyRow, (world, extra) => {
        const shared = world.configurations.get("a") as StoredConfiguration;
        const configurations = new Map([
          ["a", shared],
          ["b", shared],
        ]);
        const before = planOf({ ...world, configurations }).start.length;
        const after = planOf({ ...world, configurations, rows: [...world.rows, extra] }).start.length;
        expect(after).toBeGreaterThanOrEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it("does not depend on the order in which the rows come", () => {
    fc.assert(
      fc.property(anyWorld, fc.infiniteStream(fc.nat()), (world, keys) => {
        const shuffled = world.rows
          .map((row) => [keys.next().value, row] as const)
          .sort(([a], [b]) => a - b)
          .map(([, row]) => row);
        const [one, other] = [planOf(world), planOf({ ...world, rows: shuffled })];
        expect(other.start).toEqual(one.start);
        expect(other.wakeAt).toBe(one.wakeAt);
      }),
    );
  });

  const quiet: Conditions = {
    now: NOW,
    isOnline: true,
    isVisible: false,
    isExpensive: undefined,
    isConstrained: undefined,
    onlineSince: 0,
    multiplexedHosts: new Set(),
  };

  function planFor(rows: TaskRow[], change: Partial<Conditions> = {}): Plan {
    const configurations = new Map([["session", DEFAULT_CONFIGURATION]]);
    const conditions = { ...quiet, ...change };
    return planOf({ rows, running: new Set(), configurations, conditions });
  }

  it.each([
    [false, "one.test", 6],
    [true, "one.test", 4],
    [true, "two.test", 6],
  ])("visible: %s, on %s: %d of ten downloads start", (isVisible, host, count) => {
    const rows = Array.from({ length: 10 }, () => taskRow({ url: `https://${host}/` }));
    expect(planFor(rows, { isVisible, multiplexedHosts: new Set(["two.test"]) }).start.length).toBe(count);
  });

  it("a task whose outcome is being recorded leaves its place to the next, and does not start again", () => {
    const rows = Array.from({ length: 10 }, () => taskRow({ kind: "data" }));
    const [first, ...others] = rows.slice(0, 6) as [TaskRow, ...TaskRow[]];
    const configurations = new Map([["session", DEFAULT_CONFIGURATION]]);
    const running = new Set([first, ...others]);
    const world = { rows, running, configurations, conditions: quiet };
    expect(planOf(world).start).toEqual([]);
    expect(planOf({ ...world, settling: new Set([first]) }).start).toEqual([rows[6]]);
  });

  it("an unknown kind of network is no reason to wait", () => {
    expect(planFor([taskRow()], { isExpensive: undefined }).start.length).toBe(1);
  });

  it("does nothing where there is nothing to do, and then the daemon may sleep", () => {
    const nothing = {
      start: [],
      line: [],
      expired: [],
      waiting: new Map(),
      busy: new Set(),
      wakeAt: undefined,
    };
    expect(planFor([])).toEqual(nothing);
    expect(planFor([taskRow({ state: "suspended" })])).toEqual(nothing);
  });
});
