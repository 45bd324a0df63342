import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../../src/protocol/configuration.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { changed, isCarried } from "../../../src/store/tasks.ts";
import { HIDDEN_MS, MUCH_BYTES, type TransportConditions } from "../../../src/sw/choose-transport.ts";
import { dueTime } from "../../../src/sw/retry-policy.ts";
import { type Conditions, LONG_TRANSFERS_WHILE_VISIBLE, type Plan, plan } from "../../../src/sw/scheduler.ts";
import { type RowOptions, taskRow } from "../../support/task-row.ts";
import { WORKER_ONLY } from "../../support/transport-conditions.ts";

const NOW = 1_000_000;
const FETCH = { id: "background-session:1", start: 500, reason: "page-hidden" as const, startedAt: 0 };
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
    backgroundFetch: fc.option(fc.constant(FETCH), { nil: undefined, freq: 4 }),
    bytesReceived: fc.constantFrom(0, 499, 500),
  })
  .map(({ host, ...change }) => taskRow({ url: `https://${host}/file`, ...change }));

const anyConfiguration: fc.Arbitrary<StoredConfiguration> = fc
  .record({
    httpMaximumConnectionsPerHost: fc.integer({ min: 1, max: 8 }),
    allowsExpensiveNetworkAccess: fc.boolean(),
    allowsConstrainedNetworkAccess: fc.boolean(),
    transport: fc.constantFrom(
      "auto" as const,
      "auto" as const,
      "worker" as const,
      "background-fetch" as const,
    ),
  })
  .map((change) => ({ ...DEFAULT_CONFIGURATION, ...change }));

/** A browser with Background Fetch, and a page that nobody has looked at for long. */
const HIDDEN: TransportConditions = {
  ...WORKER_ONLY,
  isSupported: true,
  pages: "hidden",
  hiddenMs: HIDDEN_MS,
};

const anyConditions: fc.Arbitrary<Conditions> = fc.record({
  now: fc.constant(NOW),
  isOnline: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  isVisible: fc.boolean(),
  isExpensive: fc.constantFrom(undefined, undefined, true, false),
  isConstrained: fc.constantFrom(undefined, undefined, true, false),
  onlineSince: SOON,
  multiplexedHosts: fc.subarray(["one.test"]).map((hosts) => new Set(hosts)),
  transport: fc.constantFrom<TransportConditions>(
    WORKER_ONLY,
    HIDDEN,
    { ...HIDDEN, hasWillSend: true },
    { ...HIDDEN, pages: "none" },
    { ...HIDDEN, pages: "visible", hiddenMs: 0 },
  ),
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

/** Those that the worker itself moves. */
function own(rows: Iterable<TaskRow>): TaskRow[] {
  return [...rows].filter((row) => !isCarried(row));
}

/** Those that have a connection of the worker's now. */
function connected({ running }: World, { expired, impossible }: Plan): TaskRow[] {
  return own(running).filter((row) => !expired.includes(row) && !impossible.has(row));
}

function holdsFor(check: (world: World, plan: Plan) => void): void {
  fc.assert(
    fc.property(anyWorld, (world) => check(world, planOf(world))),
    { numRuns: 500 },
  );
}

describe("plan", () => {
  it("never starts a task that would be one too many for its host", () => {
    holdsFor((world, whole) => {
      const busy = connected(world, whole);
      const start = own(whole.start);
      for (const [index, row] of start.entries()) {
        const others = [...busy, ...start.slice(0, index)].filter((it) => hostOf(it) === hostOf(row));
        expect(others.length).toBeLessThan(configurationIn(world, row).httpMaximumConnectionsPerHost);
      }
    });
  });

  it("leaves a visible page its connections: at most four long transfers, unless the host multiplexes", () => {
    holdsFor((world, whole) => {
      const { conditions } = world;
      if (!conditions.isVisible) return;
      const busy = connected(world, whole).filter(isLong);
      const start = own(whole.start);
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
      expect(own(start).filter((row) => row.hold?.asksAgain === false)).toEqual([]);
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
      const sorted = own(start).sort((a, b) => b.priority - a.priority || a.order - b.order);
      expect(own(start)).toEqual(sorted);
    });
  });

  it("lets none pass that is more urgent, of the same host, kind and session", () => {
    holdsFor((_, { start, waiting }) => {
      const inTurn = [...waiting.keys()].filter((row) => waiting.get(row) === "waiting-for-turn");
      for (const row of inTurn) {
        const rivals = own(start).filter((other) => areRivals(row, other));
        expect(rivals.filter((other) => isMoreUrgent(row, other))).toEqual([]);
      }
    });
  });

  it("starts nothing offline, before its date, in its backoff, or when its time is over", () => {
    holdsFor(({ conditions }, { start: all, waiting }) => {
      const start = own(all);
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
      const allowed = own(start).map((row) => configurationIn(world, row));
      if (isExpensive) expect(allowed.every((it) => it.allowsExpensiveNetworkAccess)).toBe(true);
      if (isConstrained) expect(allowed.every((it) => it.allowsConstrainedNetworkAccess)).toBe(true);
    });
  });

  it("gives each task that wants to run one place: it runs, starts, waits, cannot go, or its time is over", () => {
    holdsFor(({ rows, running }, { start, expired, waiting, impossible, busy }) => {
      const wanted = rows.filter((row) => row.state === "running");
      // What waits for a page to resume it keeps no worker awake.
      const isAwake = wanted.filter((row) => row.hold?.asksAgain !== false);
      expect(busy).toEqual(new Set(isAwake.map((row) => row.session)));
      for (const row of wanted) {
        const isExpired = expired.includes(row);
        const isImpossible = impossible.has(row);
        const isGoingOn = running.has(row) && !isExpired && !isImpossible;
        const places = [isGoingOn, isExpired, isImpossible, start.includes(row), waiting.has(row)];
        expect(places.filter(Boolean)).toEqual([true]);
      }
      const placed = start.length + expired.length + waiting.size + impossible.size;
      expect(placed).toBeLessThanOrEqual(wanted.length);
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
        expect(own(other.start)).toEqual(own(one.start));
        expect(new Set(other.start)).toEqual(new Set(one.start));
        expect(other.wakeAt).toBe(one.wakeAt);
      }),
    );
  });

  it("takes up what the browser fetches at once, whatever the worker itself would have to wait for", () => {
    holdsFor(({ rows, running }, { start, expired }) => {
      const carried = rows.filter((row) => row.state === "running" && isCarried(row));
      for (const row of carried) {
        expect(start.includes(row)).toBe(!running.has(row) && !expired.includes(row));
      }
    });
  });

  it("takes no place of a host for what the browser fetches", () => {
    fc.assert(
      fc.property(anyWorld, fc.array(anyRow, { minLength: 1, maxLength: 5 }), (world, more) => {
        const carried = more.map((row) =>
          changed(row, { backgroundFetch: FETCH, bytesReceived: FETCH.start }),
        );
        const running = new Set([...world.running, ...carried.filter((row) => row.state === "running")]);
        const after = planOf({ ...world, running, rows: [...world.rows, ...carried] });
        expect(own(after.start)).toEqual(own(planOf(world).start));
      }),
    );
  });

  it("hands over what nothing is in the way of, and what is handed over waits for a page unless it runs", () => {
    holdsFor(({ running, conditions }, { start, line, handOver, waiting }) => {
      for (const row of handOver) {
        expect(row.backgroundFetch).toBeUndefined();
        expect([start.includes(row), line.includes(row)]).toEqual([false, false]);
        expect(waiting.get(row)).toBe(running.has(row) ? undefined : "waiting-for-page");
      }
      if (!conditions.transport.isSupported) expect(handOver).toEqual([]);
      const inWait = [...waiting].filter(([, activity]) => activity === "waiting-for-page");
      for (const [row] of inWait) expect(handOver).toContain(row);
    });
  });

  it("offers what runs before what is to start before what is in line, and nothing that is handed over already", () => {
    holdsFor(({ running }, { start, line, candidates }) => {
      const isFree = (row: TaskRow) => row.backgroundFetch === undefined;
      const next = [...start, ...line].filter(isFree);
      expect(candidates.filter((row) => !running.has(row))).toEqual(next);
      expect(candidates.every(isFree)).toBe(true);
      const firstToStart = candidates.findIndex((row) => !running.has(row));
      if (firstToStart >= 0) {
        expect(candidates.slice(firstToStart).some((row) => running.has(row))).toBe(false);
      }
    });
  });

  it("calls impossible what an app insists on in vain, and nothing else", () => {
    holdsFor((world, { impossible }) => {
      for (const row of impossible.keys()) {
        expect(configurationIn(world, row).transport).toBe("background-fetch");
        expect(row.kind).not.toBe("data");
        expect(isCarried(row)).toBe(false);
      }
    });
  });

  it("needs the worker for what it alone can move", () => {
    holdsFor(({ rows }, { waiting, needsWorker }) => {
      const awake = rows.filter((row) => row.state === "running" && row.hold?.asksAgain !== false);
      const isOnesOwn = (row: TaskRow) => !isCarried(row) && waiting.get(row) !== "waiting-for-page";
      expect(needsWorker).toBe(awake.some(isOnesOwn));
    });
  });

  const quiet: Conditions = {
    now: NOW,
    isOnline: true,
    isVisible: false,
    isExpensive: undefined,
    isConstrained: undefined,
    onlineSince: 0,
    multiplexedHosts: new Set(),
    transport: WORKER_ONLY,
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

  it("with a registration that begins further on, the worker goes on up to there, in its turn", () => {
    const gap = { backgroundFetch: FETCH, bytesReceived: 499 };
    const rows = Array.from({ length: 10 }, () => taskRow(gap));
    const whole = planFor(rows, { transport: HIDDEN });
    expect([whole.start.length, whole.line.length, whole.needsWorker]).toEqual([6, 4, true]);
    expect([whole.handOver, whole.candidates]).toEqual([[], []]);
  });

  const carried: RowOptions = { backgroundFetch: FETCH, bytesReceived: 500 };

  it("what the browser fetches keeps its session busy, and lets the worker sleep", () => {
    const { needsWorker, busy } = planFor([taskRow(carried)]);
    expect([needsWorker, [...busy]]).toEqual([false, ["session"]]);
  });

  it.each<[string, Partial<Conditions>, RowOptions]>([
    ["offline", { isOnline: false }, {}],
    ["before its date", {}, { earliestBeginDate: NOW + 1 }],
    ["in its backoff", {}, { backoff: { since: NOW, tries: 9, jitter: 1, floorMs: 0, isUnanswered: true } }],
    ["while it is held back", {}, { hold: { asksAgain: false } }],
  ])("waits for what the browser fetches %s", (_, change, options) => {
    expect(planFor([taskRow({ ...carried, ...options })], change).start.length).toBe(1);
  });

  it("what the browser fetches ends when its time is over", () => {
    const row = taskRow({ ...carried, deadline: NOW });
    expect(planFor([row])).toMatchObject({ expired: [row], start: [] });
  });

  it("hands over what was hidden for long, and a running one goes on until a page has it", () => {
    const [idle, running] = [
      taskRow(),
      taskRow({
        bytesReceived: 1_000,
        file: {
          fileId: "a",
          total: 2 * MUCH_BYTES,
          isTotalSure: true,
          validator: { kind: "etag", value: '"1"' },
          isSameOrigin: true,
        },
      }),
    ];
    const whole = planOf({
      rows: [idle, running],
      running: new Set([running]),
      configurations: new Map(),
      conditions: { ...quiet, transport: HIDDEN },
    });
    expect(whole.handOver).toEqual([idle, running]);
    expect([...whole.waiting]).toEqual([[idle, "waiting-for-page"]]);
    expect([whole.start, whole.candidates, whole.needsWorker]).toEqual([[], [running], true]);
  });

  it("plans again when a page will have been hidden for long", () => {
    const transport = { ...HIDDEN, hiddenMs: HIDDEN_MS - 5_000 };
    expect(planFor([taskRow({ deadline: undefined })], { transport }).wakeAt).toBe(NOW + 5_000);
    expect(planFor([taskRow({ deadline: undefined })], { transport: HIDDEN }).wakeAt).toBeUndefined();
  });

  it("says why a task cannot go the way that its session insists on", () => {
    const insisting: StoredConfiguration = { ...DEFAULT_CONFIGURATION, transport: "background-fetch" };
    const row = taskRow();
    const whole = planOf({
      rows: [row],
      running: new Set(),
      configurations: new Map([["session", insisting]]),
      conditions: quiet,
    });
    expect([...whole.impossible]).toEqual([[row, "not-supported"]]);
    expect([whole.start, whole.handOver, [...whole.waiting]]).toEqual([[], [], []]);
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
      candidates: [],
      handOver: [],
      impossible: new Map(),
      needsWorker: false,
    };
    expect(planFor([])).toEqual(nothing);
    expect(planFor([taskRow({ state: "suspended" })])).toEqual(nothing);
  });
});
