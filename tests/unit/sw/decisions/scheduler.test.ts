import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../../../src/protocol/configuration.ts";
import {
  CONNECTIONS,
  LONG_TRANSFERS,
  LONG_TRANSFERS_WHILE_VISIBLE,
  SHORT_BYTES,
} from "../../../../src/store/connection-limits.ts";
import { dueTime } from "../../../../src/store/due-time.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { changed, isCarried } from "../../../../src/store/tasks.ts";
import {
  HIDDEN_MS,
  MUCH_BYTES,
  type TransportConditions,
} from "../../../../src/sw/decisions/choose-transport.ts";
import { type Plan, plan } from "../../../../src/sw/decisions/scheduler.ts";
import { LONGEST_SILENCE_MS } from "../../../../src/sw/decisions/silence.ts";
import type { Conditions } from "../../../../src/sw/decisions/situation.ts";
import { casesOf } from "../../../support/fuzz.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";
import { quietAt, WORKER_ONLY } from "../../../support/transport-conditions.ts";

const NOW = 1_000_000;
const FETCH = { id: "background-session:1", start: 500, reason: "page-hidden" as const, startedAt: 0 };
const SOON = fc.integer({ min: NOW - 50, max: NOW + 50 });

const SESSIONS = ["a", "b", "c"] as const;

/** A world: rows, which of them run, how each session is configured, and what the conditions are. */
interface World {
  readonly rows: readonly TaskRow[];
  readonly running: ReadonlySet<TaskRow>;
  /** How many connections a run holds, if not one. */
  readonly held?: ReadonlyMap<TaskRow, number>;
  readonly configurations: ReadonlyMap<string, StoredConfiguration>;
  readonly conditions: Conditions;
}

const anyRow: fc.Arbitrary<TaskRow> = fc
  .record({
    session: fc.constantFrom(...SESSIONS),
    host: fc.constantFrom("one.test", "two.test"),
    width: fc.integer({ min: 1, max: 6 }),
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
    sizeBytes: fc.constantFrom(undefined, SHORT_BYTES, SHORT_BYTES + 1),
  })
  .map(({ host, width, sizeBytes, ...change }) =>
    taskRow({
      url: `https://${host}/file`,
      ...change,
      ...(change.kind === "upload" && { upload: uploadOf(width, sizeBytes) }),
      ...(change.kind === "download" && width > 1 && { connections: width }),
    }),
  );

/** One request, or parts that can go side by side. */
function uploadOf(width: number, sizeBytes?: number): NonNullable<TaskRow["upload"]> {
  const size = sizeBytes === undefined ? {} : { sizeBytes };
  return {
    bytesAcknowledged: 0,
    ...size,
    ...(width > 1 && { protocol: "tus" as const, connections: width }),
  };
}

const anyConfiguration: fc.Arbitrary<StoredConfiguration> = fc
  .record({
    httpMaximumConnectionsPerHost: fc.integer({ min: 1, max: 8 }),
    httpMaximumConnectionsPerMultiplexedHost: fc.integer({ min: 0, max: 8 }),
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
  isOnBattery: fc.boolean(),
  onlineSince: SOON,
  multiplexedHosts: fc
    .record({ hosts: fc.subarray(["one.test"]), width: fc.double({ min: 6, max: 12, noNaN: true }) })
    .map(({ hosts, width }) => new Map(hosts.map((host) => [host, width]))),
  silentHosts: fc
    .record({ hosts: fc.subarray(["one.test"]), nextTry: SOON })
    .map(({ hosts, nextTry }) => new Map(hosts.map((host) => [host, nextTry]))),
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
    all: fc.tuple(anyConfiguration, anyConfiguration, anyConfiguration),
    conditions: anyConditions,
    run: fc.infiniteStream(fc.boolean()),
    held: fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
  })
  .map(({ rows, all, conditions, run, held }) => {
    const running = rows.filter((row) => row.state === "running" && run.next().value && run.next().value);
    return {
      rows,
      running: new Set(running),
      held: new Map(running.map((row) => [row, held.next().value])),
      configurations: new Map(SESSIONS.map((session, index) => [session, all[index] as StoredConfiguration])),
      conditions,
    };
  });

function configurationIn({ configurations }: World, row: TaskRow): StoredConfiguration {
  return configurations.get(row.session) as StoredConfiguration;
}

function heldBy({ held }: World, row: TaskRow): number {
  return held?.get(row) ?? 1;
}

function planOf(world: World): Plan {
  return plan({
    rows: world.rows,
    runs: world.running,
    brokenOff: [],
    isHeld: () => false,
    lastStartOf: () => undefined,
    isRunning: (row) => world.running.has(row),
    connectionsOf: (row) => heldBy(world, row),
    configurationOf: ({ session }) => world.configurations.get(session) ?? DEFAULT_CONFIGURATION,
    conditions: world.conditions,
  });
}

function hostOf(row: TaskRow): string {
  return new URL(row.request.url).host;
}

function isLong(row: TaskRow, { conditions }: Pick<World, "conditions">): boolean {
  return row.kind !== "data" && !isShortUpload(row, conditions);
}

/** To a host that multiplexes, an upload with a small body in one request is like a data task. */
function isShortUpload(row: TaskRow, { multiplexedHosts }: Conditions): boolean {
  const { protocol, sizeBytes = Infinity } = row.upload ?? {};
  return multiplexedHosts.has(hostOf(row)) && protocol === undefined && sizeBytes <= SHORT_BYTES;
}

function areRivals(a: TaskRow, b: TaskRow, world: World): boolean {
  const isAlike = a.kind === b.kind && isLong(a, world) === isLong(b, world);
  return isAlike && hostOf(a) === hostOf(b) && a.session === b.session;
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

interface Holder {
  readonly row: TaskRow;
  readonly connections: number;
}

function sum(holders: readonly Holder[]): number {
  return holders.reduce((total, { connections }) => total + connections, 0);
}

/** Each connection that is given, in the order in which it is: one to each task, then more to the wide ones. */
function inTurn(world: World, whole: Plan): (Holder & { readonly others: readonly Holder[] })[] {
  const others: Holder[] = connected(world, whole).map((row) => ({ row, connections: heldBy(world, row) }));
  const steps = [...whole.connections.keys()].map((row) => ({ row, connections: 1 }));
  const wider = [...whole.connections].filter(([, connections]) => connections > 1);
  const given: (Holder & { readonly others: readonly Holder[] })[] = [];
  for (const step of steps) {
    given.push({ ...step, others: others.filter(({ connections }) => connections > 0) });
    others.push(step);
  }
  for (const [row, connections] of wider) {
    given.push({ row, connections, others: others.filter((it) => it.row !== row && it.connections > 0) });
    others.push({ row, connections: connections - 1 });
  }
  return given;
}

function holdsFor(check: (world: World, plan: Plan) => void): void {
  fc.assert(
    fc.property(anyWorld, (world) => check(world, planOf(world))),
    { numRuns: casesOf(500) },
  );
}

describe("plan", () => {
  it("never exceeds the connections of a session to a host; one that multiplexes has limits for long and for short ones", () => {
    holdsFor((world, whole) => {
      for (const { row, others, connections } of inTurn(world, whole)) {
        const { httpMaximumConnectionsPerHost, httpMaximumConnectionsPerMultiplexedHost } = configurationIn(
          world,
          row,
        );
        const isSpared =
          httpMaximumConnectionsPerMultiplexedHost === 0 && httpMaximumConnectionsPerHost !== 6;
        const isSplit = world.conditions.multiplexedHosts.has(hostOf(row)) && !isSpared;
        const own = others
          .filter((it) => it.row.session === row.session && hostOf(it.row) === hostOf(row))
          .filter((it) => !isSplit || isLong(it.row, world) === isLong(row, world));
        const limit =
          isSplit && !isLong(row, world)
            ? httpMaximumConnectionsPerMultiplexedHost || 32
            : httpMaximumConnectionsPerHost;
        expect(sum(own) + connections).toBeLessThanOrEqual(limit);
      }
    });
  });

  it("never exceeds what a host that multiplexes keeps up with, but gives each session one", () => {
    const isShortAt = (row: TaskRow, { conditions }: World) =>
      conditions.multiplexedHosts.has(hostOf(row)) && !isLong(row, { conditions });
    holdsFor((world, whole) => {
      const [width] = world.conditions.multiplexedHosts.values();
      const counts = (row: TaskRow) => isShortAt(row, world);
      expectBound(world, whole, Math.ceil(width ?? 0), (row, it) => counts(row) && counts(it));
    });
  });

  /** No connection is given beyond `limit` of those that `counts` says share it, but the first of a session. */
  function expectBound(
    world: World,
    whole: Plan,
    limit: number,
    counts: (row: TaskRow, other: TaskRow) => boolean,
  ): void {
    for (const { row, others, connections } of inTurn(world, whole)) {
      if (!counts(row, row)) continue;
      const sharing = others.filter((it) => counts(row, it.row));
      const isFirst = connections === 1 && sharing.every((it) => it.row.session !== row.session);
      if (!isFirst) expect(sum(sharing)).toBeLessThanOrEqual(limit - connections);
    }
  }

  it("leaves a visible page its connections, unless the host multiplexes: four long transfers, but each session one", () => {
    holdsFor((world, whole) => {
      const { isVisible, multiplexedHosts } = world.conditions;
      const isShared = (row: TaskRow) =>
        isVisible && !multiplexedHosts.has(hostOf(row)) && isLong(row, world);
      expectBound(
        world,
        whole,
        LONG_TRANSFERS_WHILE_VISIBLE,
        (row, it) => isShared(row) && isLong(it, world) && hostOf(row) === hostOf(it),
      );
    });
  });

  it("limits the whole daemon, but gives each session one", () => {
    holdsFor((world, whole) => {
      expectBound(world, whole, LONG_TRANSFERS, (row, it) => isLong(row, world) && isLong(it, world));
      expectBound(world, whole, CONNECTIONS, () => true);
    });
  });

  it("no session waits for another: one that runs nothing gets its first place", () => {
    holdsFor((world, whole) => {
      const busy = [...connected(world, whole), ...own(whole.start)];
      for (const row of whole.line) {
        const isOfSession = (it: TaskRow) => it.session === row.session && it !== row;
        const places = busy.filter(
          (it) => isOfSession(it) && (whole.start.includes(it) || heldBy(world, it) > 0),
        );
        expect(places).not.toEqual([]);
      }
    });
  });

  it("gives a transfer the free connections that it can use, and leaves one for the next", () => {
    holdsFor((world, whole) => {
      expect([...whole.connections.keys()]).toEqual(own(whole.start));
      for (const [row, connections] of whole.connections) {
        expect(connections).toBeGreaterThanOrEqual(1);
        expect(connections).toBeLessThanOrEqual(row.upload?.connections ?? row.connections ?? 1);
        if (connections === 1) continue;
        const { httpMaximumConnectionsPerHost } = configurationIn(world, row);
        // What is wide is long.
        const isOfItsKind = (it: TaskRow) =>
          !world.conditions.multiplexedHosts.has(hostOf(row)) || isLong(it, world);
        const isBeside = (it: TaskRow) =>
          it.session === row.session && hostOf(it) === hostOf(row) && isOfItsKind(it);
        const held = connected(world, whole)
          .filter(isBeside)
          .map((it) => heldBy(world, it));
        const given = [...whole.connections].filter(([it]) => isBeside(it)).map(([, count]) => count);
        const used = [...held, ...given].reduce((a, b) => a + b, 0);
        expect(used).toBeLessThan(httpMaximumConnectionsPerHost);
      }
    });
  });

  it("starts no task that waits for a page to resume it", () => {
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

  it("never lets a less urgent task overtake one of the same host, kind and session", () => {
    holdsFor((world, { start, waiting }) => {
      const inTurn = [...waiting.keys()].filter((row) => waiting.get(row) === "waiting-for-turn");
      for (const row of inTurn) {
        const rivals = own(start).filter((other) => areRivals(row, other, world));
        expect(rivals.filter((other) => isMoreUrgent(row, other))).toEqual([]);
      }
    });
  });

  it("starts nothing offline, before its date, in its backoff, or after its deadline", () => {
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

  it("gives each task one verdict: it runs, starts, waits, is impossible, or has expired", () => {
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

  it("lists exactly the expired tasks, also running ones", () => {
    holdsFor(({ rows }, { expired }) => {
      const late = rows.filter((row) => row.state === "running" && (row.deadline ?? NOW + 1) <= NOW);
      expect([...expired]).toEqual(late);
    });
  });

  it("plans the same until wakeAt, and something else then", () => {
    holdsFor((world, first) => {
      const at = (now: number): Plan => planOf({ ...world, conditions: { ...world.conditions, now } });
      const end = first.wakeAt ?? NOW + 1_000_000;
      expect(end).toBeGreaterThan(NOW);
      for (const now of [NOW + 1, Math.floor((NOW + end) / 2), Math.ceil(end) - 1]) {
        if (now <= NOW || now >= end) continue;
        expect({ ...at(now), wakeAt: 0 }).toEqual({ ...first, wakeAt: 0 });
      }
      // What waits behind another task tries in any case then; only a run that begins changes what is planned.
      if (first.wakeAt !== undefined && first.wakeAt !== NOW + LONGEST_SILENCE_MS) {
        expect({ ...at(first.wakeAt), wakeAt: 0 }).not.toEqual({ ...first, wakeAt: 0 });
      }
    });
  });

  it("one more task of a session never makes it start fewer", () => {
    fc.assert(
      fc.property(anyWorld, anyRow, (world, extra) => {
        const rows = world.rows.filter(({ session }) => session === extra.session);
        const running = new Set(rows.filter((row) => world.running.has(row)));
        const before = planOf({ ...world, rows, running }).start.length;
        const after = planOf({ ...world, running, rows: [...rows, extra] }).start.length;
        expect(after).toBeGreaterThanOrEqual(before);
      }),
      { numRuns: casesOf(500) },
    );
  });

  it("does not depend on the order of the rows", () => {
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

  it("starts what the browser fetches at once, whatever the worker would have to wait for", () => {
    holdsFor(({ rows, running }, { start, expired }) => {
      const carried = rows.filter((row) => row.state === "running" && isCarried(row));
      for (const row of carried) {
        expect(start.includes(row)).toBe(!running.has(row) && !expired.includes(row));
      }
    });
  });

  it("needs no place for what the browser fetches", () => {
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

  it("hands over what has no obstacle, and that waits for a page unless it runs", () => {
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

  it("offers running tasks, then starting ones, then waiting ones, and none that is already handed over", () => {
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

  it("calls impossible only what an app insists on in vain", () => {
    holdsFor((world, { impossible }) => {
      for (const row of impossible.keys()) {
        expect(configurationIn(world, row).transport).toBe("background-fetch");
        expect(row.kind).not.toBe("data");
        expect(isCarried(row)).toBe(false);
      }
    });
  });

  it("needs the worker for what only it can move", () => {
    holdsFor(({ rows }, { waiting, needsWorker }) => {
      const awake = rows.filter((row) => row.state === "running" && row.hold?.asksAgain !== false);
      const isOnesOwn = (row: TaskRow) => !isCarried(row) && waiting.get(row) !== "waiting-for-page";
      expect(needsWorker).toBe(awake.some(isOnesOwn));
    });
  });

  const quiet = quietAt(NOW);

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
    expect(planFor(rows, { isVisible, multiplexedHosts: new Map([["two.test", 6]]) }).start.length).toBe(
      count,
    );
  });

  function planOfMany(rows: TaskRow[], options: Partial<World> = {}): Plan {
    return planOf({ rows, running: new Set(), configurations: new Map(), conditions: quiet, ...options });
  }

  describe("a discretionary task", () => {
    const DAY_MS = 24 * 3_600_000;
    const discretionary = (options: RowOptions = {}) =>
      taskRow({ session: "later", createdAt: NOW, deadline: NOW + 7 * DAY_MS, ...options });
    const planned = (rows: TaskRow[], change: Partial<Conditions> = {}, running: TaskRow[] = []) =>
      planOfMany(rows, {
        running: new Set(running),
        configurations: new Map([["later", { ...DEFAULT_CONFIGURATION, isDiscretionary: true }]]),
        conditions: { ...quiet, ...change },
      });

    it.each<[string, Partial<Conditions>]>([
      ["the battery", { isOnBattery: true }],
      ["a cellular network", { isExpensive: true }],
      ["a wish to save data", { isConstrained: true }],
    ])("waits for the end of %s, but no longer than a day", (_, change) => {
      const row = discretionary();
      const plan = planned([row], change);
      expect(plan.start).toEqual([]);
      expect(plan.waiting.get(row)).toBe("waiting-for-idle");
      expect([plan.wakeAt, plan.needsWorker, plan.busy.has("later")]).toEqual([NOW + DAY_MS, false, true]);
      expect(planned([row], { ...change, now: NOW + DAY_MS }).start).toEqual([row]);
      expect(planned([row]).start).toEqual([row]);
    });

    it.each([
      ["a day after its date", { earliestBeginDate: NOW - DAY_MS / 2 }, NOW + DAY_MS / 2],
      ["when half of its time is over", { deadline: NOW + 3_600_000 }, NOW + 1_800_000],
    ])("begins %s at the latest", (_, options, time) => {
      const row = discretionary({
        createdAt: NOW - DAY_MS / 2,
        ...options,
        ...("deadline" in options && { createdAt: NOW }),
      });
      expect(planned([row], { isOnBattery: true }).wakeAt).toBe(time);
      expect(planned([row], { isOnBattery: true, now: time }).start).toEqual([row]);
    });

    it("comes after tasks that may not choose their time, and stops for none of them", () => {
      const [later, now] = [discretionary({ priority: 1 }), taskRow()];
      expect(planned([later, now]).start).toEqual([now]);
      expect(planned([later, now], {}, [now]).start).toEqual([]);
      expect(planned([later, now], {}, [later])).toMatchObject({ start: [now], stop: [] });
      const waiting = taskRow({ earliestBeginDate: NOW + DAY_MS });
      expect(planned([later, waiting]).start).toEqual([later]);
    });
  });

  it("a run that has to stop has its connections until it has stopped", () => {
    const stopping = taskRow({ session: "metered" });
    const [running, next] = [taskRow(), taskRow()];
    const plan = planOfMany([stopping, running, next], {
      running: new Set([stopping, running]),
      held: new Map([[stopping, LONG_TRANSFERS_WHILE_VISIBLE]]),
      configurations: new Map([
        ["metered", { ...DEFAULT_CONFIGURATION, allowsExpensiveNetworkAccess: false }],
      ]),
      conditions: { ...quiet, isVisible: true, isExpensive: true },
    });
    expect(plan).toMatchObject({ stop: [stopping], start: [], line: [next] });
  });

  const many = (count: number, options: (index: number) => RowOptions) =>
    Array.from({ length: count }, (_, index) => taskRow(options(index)));

  it.each([
    ["download" as const, LONG_TRANSFERS],
    ["data" as const, CONNECTIONS],
  ])("500 hosts do not start 500 tasks: %s", (kind, limit) => {
    const rows = many(500, (index) => ({ kind, url: `https://host-${index}.test/` }));
    expect(planOfMany(rows).start).toHaveLength(limit);
  });

  it.each([
    ["download" as const, LONG_TRANSFERS],
    ["data" as const, CONNECTIONS],
  ])("a session has its first %s beside as many of another as there may be", (kind, limit) => {
    const running = many(limit, (index) => ({ session: "a", kind, url: `https://host-${index}.test/` }));
    const others = many(limit * 2, (index) => ({ session: `b${index}`, kind }));
    const { start } = planOfMany([...running, ...others], { running: new Set(running) });
    // One session holds all places; others have theirs until as many sessions as that have one.
    expect(start).toEqual(others.slice(0, limit - 1));
  });

  it("a session with one connection does not wait for another's endless answers", () => {
    const running = many(6, () => ({ session: "a", kind: "data" }));
    const [first, second] = many(2, () => ({ session: "b", kind: "data" })) as [TaskRow, TaskRow];
    const configurations = new Map([["b", { ...DEFAULT_CONFIGURATION, httpMaximumConnectionsPerHost: 1 }]]);
    const rows = [...running, first, second];
    const whole = planOfMany(rows, { running: new Set(running), configurations });
    expect([whole.start, whole.line]).toEqual([[first], [second]]);
  });

  it("an upload does not wait for four endless downloads of another session, but only the first one", () => {
    const running = many(4, () => ({ session: "a" }));
    const [first, second] = many(2, () => ({ session: "b", kind: "upload" })) as [TaskRow, TaskRow];
    const conditions = { ...quiet, isVisible: true };
    const whole = planOfMany([...running, first, second], { running: new Set(running), conditions });
    expect([whole.start, whole.line]).toEqual([[first], [second]]);
  });

  const wide = (change: RowOptions = {}) => taskRow({ kind: "upload", upload: uploadOf(6), ...change });

  it.each<[string, number, Partial<Conditions>, TaskRow[]]>([
    ["alone", 5, {}, []],
    ["while a page is visible", 3, { isVisible: true }, []],
    ["beside two that are to start", 3, {}, many(2, () => ({ kind: "data" }))],
    ["beside as many as there are places", 0, {}, many(9, () => ({ kind: "data", priority: 1 }))],
  ])("of six connections a wide upload gets, %s: %d", (_, count, change, others) => {
    const row = wide();
    const { connections } = planOfMany([row, ...others], { conditions: { ...quiet, ...change } });
    expect(connections.get(row) ?? 0).toBe(count);
  });

  it("a running wide upload leaves a place to the next task, and gets no more while it runs", () => {
    const row = wide();
    const [next, last] = many(2, () => ({ kind: "data" })) as [TaskRow, TaskRow];
    const running = new Set([row]);
    const whole = planOfMany([row, next, last], { running, held: new Map([[row, 5]]) });
    expect([whole.start, whole.line]).toEqual([[next], [last]]);
  });

  it("asks for no more connections than there are parts to send", () => {
    const part = { start: 0, end: 10, reach: 10 };
    const parts = [10, 4, 10, 0].map((offset) => ({ ...part, offset }));
    const row = wide({ upload: { ...uploadOf(6), parts } });
    expect(planOfMany([row]).connections.get(row)).toBe(2);
    const sent = wide({ upload: { ...uploadOf(6), parts: [{ ...part, offset: 10 }] } });
    expect(planOfMany([sent]).connections.get(sent)).toBe(1);
  });

  it("if a registration begins further on, the worker continues up to there, in its turn", () => {
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

  it("what the browser fetches ends at its deadline", () => {
    const row = taskRow({ ...carried, deadline: NOW });
    expect(planFor([row])).toMatchObject({ expired: [row], start: [] });
  });

  it("hands over after the page was hidden for long, and a running task continues until a page has it", () => {
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

  it("says why a task cannot use the transport that its session insists on", () => {
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

  it("a task whose outcome is being recorded gives its place to the next, and does not start again", () => {
    const rows = Array.from({ length: 10 }, () => taskRow({ kind: "data" }));
    const [first, ...others] = rows.slice(0, 6) as [TaskRow, ...TaskRow[]];
    const configurations = new Map([["session", DEFAULT_CONFIGURATION]]);
    const running = new Set([first, ...others]);
    const world = { rows, running, configurations, conditions: quiet };
    expect(planOf(world).start).toEqual([]);
    expect(planOf({ ...world, held: new Map([[first, 0]]) }).start).toEqual([rows[6]]);
  });

  it("an unknown kind of network is no reason to wait", () => {
    expect(planFor([taskRow()], { isExpensive: undefined }).start.length).toBe(1);
  });

  it("does nothing if there is nothing to do, and then the daemon may sleep", () => {
    const nothing = {
      start: [],
      stop: [],
      ask: [],
      connections: new Map(),
      line: [],
      expired: [],
      waiting: new Map(),
      nextAttempts: new Map(),
      busy: new Set(),
      wakeAt: undefined,
      candidates: [],
      handOver: [],
      impossible: new Map(),
      isWatched: false,
      needsWorker: false,
    };
    expect(planFor([])).toEqual(nothing);
    expect(planFor([taskRow({ state: "suspended" })])).toEqual(nothing);
  });
});
