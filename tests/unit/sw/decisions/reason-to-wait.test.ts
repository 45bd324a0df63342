import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../../../src/protocol/configuration.ts";
import { type Plan, plan } from "../../../../src/sw/decisions/scheduler.ts";
import type { Conditions } from "../../../../src/sw/decisions/situation.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";
import { quietAt } from "../../../support/transport-conditions.ts";

const NOW = 1_000_000;
const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;
const BACKOFF = { since: NOW, tries: 1, jitter: 1, floorMs: 0, isUnanswered: false };

interface Case {
  readonly row?: RowOptions;
  readonly configuration?: Partial<StoredConfiguration>;
  readonly conditions?: Partial<Conditions>;
  readonly lastStart?: number;
  readonly isRunning?: boolean;
}

/** The plan for one task. */
function planFor({ row: change, configuration, conditions, lastStart, isRunning = false }: Case) {
  const row = taskRow({ createdAt: NOW, deadline: NOW + WEEK_MS, ...change });
  const made: Plan = plan({
    rows: [row],
    runs: isRunning ? [row] : [],
    brokenOff: [],
    isHeld: () => false,
    lastStartOf: () => lastStart,
    isRunning: () => isRunning,
    connectionsOf: () => 1,
    configurationOf: () => ({ ...DEFAULT_CONFIGURATION, ...configuration }),
    conditions: { ...quietAt(NOW), ...conditions },
  });
  return { row, made };
}

/** Why the task waits, and when that is over; `undefined` if it begins. */
function waitOf(one: Case): unknown {
  const { row, made } = planFor(one);
  const activity = made.waiting.get(row);
  expect(made.start.includes(row)).toBe(activity === undefined && !one.isRunning);
  return activity && [activity, made.nextAttempts.get(row)];
}

describe("why a task waits", () => {
  const expensive = { isExpensive: true };
  const constrained = { isConstrained: true };
  const discretionary = { isDiscretionary: true };

  it.each<[string, Case, unknown]>([
    ["it does not, if nothing is in its way", {}, undefined],
    ["its time has not come", { row: { earliestBeginDate: NOW + 9 } }, ["waiting-for-date", NOW + 9]],
    ["its time has come", { row: { earliestBeginDate: NOW } }, undefined],
    ["there is no network", { conditions: { isOnline: false } }, ["waiting-for-network", undefined]],
    [
      "it waits for the app, and there is no network either",
      { row: { hold: { asksAgain: false } }, conditions: { isOnline: false } },
      ["needs-authorization", undefined],
    ],
    [
      "the hook said to wait, and there is no network either",
      {
        row: { hold: { asksAgain: true }, backoff: { ...BACKOFF, floorMs: 9_000 } },
        conditions: { isOnline: false },
      },
      ["needs-authorization", expect.any(Number)],
    ],
    [
      "the server named a time, and there is no network either",
      { row: { backoff: { ...BACKOFF, floorMs: 9_000 } }, conditions: { isOnline: false } },
      ["backing-off", expect.any(Number)],
    ],
    [
      "nothing answered, and there is no network now",
      { row: { backoff: { ...BACKOFF, isUnanswered: true } }, conditions: { isOnline: false } },
      ["waiting-for-network", undefined],
    ],
    [
      "its pause is over, and there is no network",
      { row: { backoff: { ...BACKOFF, since: NOW - 100_000 } }, conditions: { isOnline: false } },
      ["waiting-for-network", undefined],
    ],
    ["the network costs money, and may be used", { conditions: expensive }, undefined],
    [
      "the network costs money, and may not be used",
      { conditions: expensive, configuration: { allowsExpensiveNetworkAccess: false } },
      ["waiting-for-allowed-network", undefined],
    ],
    [
      "data is to be saved, and the network may not be used then",
      { conditions: constrained, configuration: { allowsConstrainedNetworkAccess: false } },
      ["waiting-for-allowed-network", undefined],
    ],
    [
      "any network may be used that costs nothing",
      {
        conditions: { isExpensive: false, isConstrained: false },
        configuration: { allowsExpensiveNetworkAccess: false, allowsConstrainedNetworkAccess: false },
      },
      undefined,
    ],
    ["the app has to act", { row: { hold: { asksAgain: false } } }, ["needs-authorization", undefined]],
    ["the app is asked again", { row: { hold: { asksAgain: true } } }, undefined],
    [
      "the app is asked again later",
      { row: { hold: { asksAgain: true }, backoff: BACKOFF } },
      ["needs-authorization", NOW + 1_000],
    ],
    ["the server has refused it", { row: { backoff: BACKOFF } }, ["backing-off", NOW + 1_000]],
    [
      "there was no answer",
      { row: { backoff: { ...BACKOFF, isUnanswered: true } } },
      ["waiting-for-network", NOW + 1_000],
    ],
    ["its backoff is over", { row: { backoff: { ...BACKOFF, since: NOW - 1_000 } } }, undefined],
    ["its backoff is damaged", { row: { backoff: { ...BACKOFF, jitter: Number.NaN } } }, undefined],
    ["it may choose its time, which is good", { configuration: discretionary }, undefined],
    [
      "it may choose its time, at most a day",
      { configuration: discretionary, conditions: { isOnBattery: true } },
      ["waiting-for-idle", NOW + DAY_MS],
    ],
    [
      "it may choose its time, from the date on at which it may begin",
      {
        configuration: discretionary,
        conditions: { ...expensive },
        row: { createdAt: NOW - 2 * DAY_MS, earliestBeginDate: NOW - DAY_MS / 2 },
      },
      ["waiting-for-idle", NOW + DAY_MS / 2],
    ],
    [
      "it may choose its time, at most half of what it has",
      { configuration: discretionary, conditions: { ...constrained }, row: { deadline: NOW + 1_000 } },
      ["waiting-for-idle", NOW + 500],
    ],
    [
      "it could choose its time, and has waited for a day",
      { configuration: discretionary, conditions: expensive, row: { createdAt: NOW - DAY_MS } },
      undefined,
    ],
    [
      "its session starts one at a time",
      { configuration: { minimumStartInterval: 2 }, lastStart: NOW - 500 },
      ["waiting-for-turn", NOW + 1_500],
    ],
    [
      "the interval is over",
      { configuration: { minimumStartInterval: 2 }, lastStart: NOW - 2_000 },
      undefined,
    ],
    ["the clock was set back", { configuration: { minimumStartInterval: 2 }, lastStart: NOW + 1 }, undefined],
    [
      "what is on disk needs no network",
      { row: { isReceived: true }, conditions: { isOnline: false } },
      undefined,
    ],
    [
      "what is on disk could not be placed",
      { row: { isReceived: true, backoff: BACKOFF } },
      ["backing-off", NOW + 1_000],
    ],
    [
      "what is on disk is asked about",
      { row: { isReceived: true, hold: { asksAgain: false } } },
      ["needs-authorization", undefined],
    ],
  ])("%s", (_, one, expected) => {
    expect(waitOf(one)).toEqual(expected);
  });

  it.each<[string, Case, boolean]>([
    ["goes on without a network, whose end it notices", { conditions: { isOnline: false } }, false],
    ["goes on on a network that costs money and may be used", { conditions: expensive }, false],
    [
      "is stopped on a network that may not be used",
      { conditions: expensive, configuration: { allowsExpensiveNetworkAccess: false } },
      true,
    ],
    [
      "goes on if it needs no network any more",
      {
        conditions: expensive,
        configuration: { allowsExpensiveNetworkAccess: false },
        row: { isReceived: true },
      },
      false,
    ],
  ])("a task under way %s", (_, one, isStopped) => {
    const { row, made } = planFor({ ...one, isRunning: true });
    expect(made.stop).toEqual(isStopped ? [row] : []);
  });
});

describe("whether the worker is needed", () => {
  const FETCH = { id: "background-session:1", start: 0, reason: "page-hidden" as const, startedAt: NOW - 1 };

  it.each<[string, Case, { needsWorker: boolean; isWatched: boolean; isBusy: boolean }]>([
    ["for a task that begins", {}, { needsWorker: true, isWatched: true, isBusy: true }],
    [
      "for one that waits for its next attempt",
      { row: { backoff: BACKOFF } },
      { needsWorker: true, isWatched: true, isBusy: true },
    ],
    [
      "not for one that waits for a better moment",
      { configuration: { isDiscretionary: true }, conditions: { isExpensive: true } },
      { needsWorker: false, isWatched: false, isBusy: true },
    ],
    [
      "not for one that waits for the app",
      { row: { hold: { asksAgain: false } } },
      { needsWorker: false, isWatched: false, isBusy: false },
    ],
    [
      "for a registration that has just been made, until it should have begun",
      { row: { backgroundFetch: FETCH } },
      { needsWorker: true, isWatched: true, isBusy: true },
    ],
    [
      "not for a registration that was made a while ago",
      { row: { backgroundFetch: { ...FETCH, startedAt: NOW - 3_600_000 } } },
      { needsWorker: false, isWatched: true, isBusy: true },
    ],
    [
      "not for a registration that was asked for",
      { row: { backgroundFetch: { ...FETCH, reason: "asked-for" } } },
      { needsWorker: false, isWatched: true, isBusy: true },
    ],
  ])("%s", (_, one, expected) => {
    const { made } = planFor(one);
    const { needsWorker, isWatched, busy } = made;
    expect({ needsWorker, isWatched, isBusy: busy.has("session") }).toEqual(expected);
  });
});
