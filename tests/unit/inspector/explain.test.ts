import { describe, expect, it } from "vitest";
import { explain } from "../../../src/inspector/explain.ts";
import type { TaskPicture, WaitingPicture } from "../../../src/inspector/picture.ts";
import type { TaskActivity } from "../../../src/protocol/task-state.ts";
import { TASK_ACTIVITIES } from "../../support/task-activities.ts";

const NOW = Date.UTC(2030, 0, 1);
const HOUR = 3_600_000;

const FREE: WaitingPicture = {
  notBefore: undefined,
  retryAt: undefined,
  retryAfterMs: 0,
  deadline: undefined,
  latestStart: NOW,
  behind: undefined,
  heldBy: undefined,
  dependsOn: [],
  question: undefined,
  status: undefined,
  limits: [
    { name: "of the session to app.test", used: 0, limit: 6 },
    { name: "of the session", used: 0, limit: 64 },
  ],
  minimumStartInterval: 0,
};

const TASK: TaskPicture = {
  key: "key",
  id: "id",
  session: "session",
  kind: "download",
  state: "running",
  activity: "none",
  isActivityLive: true,
  description: undefined,
  group: undefined,
  queue: "edits",
  priority: 0.5,
  request: { url: "https://app.test/file", headers: {} },
  response: undefined,
  failure: undefined,
  createdAt: 0,
  finishedAt: undefined,
  attempts: 3,
  failures: 2,
  lastFailure: undefined,
  metrics: [],
  waiting: FREE,
  bytesReceived: 1_000,
  bytesExpected: -1,
  bytesSent: 7,
  bytesToSend: 0,
  parts: 0,
  hasStoredBody: false,
};

/** What each activity is told as: with other facts, one more row. */
const TOLD: readonly (readonly [TaskActivity, Partial<WaitingPicture>, RegExp])[] = [
  ["none", {}, /waits for nothing that is known/],
  ["waiting-for-daemon", {}, /worker has not taken it up yet/],
  ["waiting-for-network", {}, /browser is offline/],
  [
    "waiting-for-network",
    { retryAt: NOW + HOUR / 4 },
    /No answer came from app\.test: .* in 15 minutes \(2030-01-01T00:15/,
  ],
  ["waiting-for-date", { notBefore: NOW + 3 * HOUR }, /earliestBeginDate.* in 3 hours \(2030-01-01T03:00/],
  [
    "waiting-for-turn",
    {
      limits: [
        { name: "of the session", used: 3, limit: 64 },
        { name: 'of the group "album"', used: 2, limit: 2 },
        { name: "of all sessions", used: 64, limit: 64 },
      ],
      minimumStartInterval: 3,
    },
    /^It waits for a free connection: 2 of 2 of the group "album" are in use\.$/,
  ],
  ["waiting-for-turn", { minimumStartInterval: 3 }, /^The session begins a task every 3 seconds/],
  ["waiting-for-turn", {}, /free connection, by a limit that only the worker knows/],
  [
    "waiting-for-queue",
    { behind: { id: "first", description: undefined, activity: "backing-off" } },
    /Task "first" \(backing-off\) is before it in the queue "edits"/,
  ],
  [
    "waiting-for-queue",
    { behind: { id: "first", description: "Song", activity: "none" } },
    /Task "first" \(Song\) \(suspended\) is before it in the queue "edits"/,
  ],
  ["waiting-for-queue", {}, /^Another task is before it in the queue "edits"/],
  [
    "queue-held",
    { heldBy: { id: "bad", description: "Song" } },
    /Task "bad" \(Song\) ended badly and holds the queue "edits"/,
  ],
  [
    "waiting-for-tasks",
    {
      dependsOn: [
        { id: "a", description: "Song" },
        { id: "b", description: undefined },
      ],
    },
    /after "a" \(Song\), "b", which must succeed/,
  ],
  ["waiting-for-page", {}, /only a page can start/],
  ["waiting-for-idle", { latestStart: NOW + 5 * HOUR }, /mains power.* it begins in 5 hours/],
  ["waiting-for-allowed-network", {}, /not allowed: .*allowsExpensiveNetworkAccess/],
  ["backing-off", { retryAt: NOW + 1_000 }, /^Attempt 3 failed: .* in 1 second \(.*row: 2\.$/],
  [
    "backing-off",
    { retryAt: NOW + HOUR, retryAfterMs: 3_000_000 },
    /row: 2\. The server asked for a wait \(Retry-After: 3000 s\)\.$/,
  ],
  ["backing-off", { retryAt: NOW - 1 }, /due now/],
  [
    "needs-authorization",
    { question: "didReceiveChallenge", status: 401 },
    /after HTTP 401: its delegate has to answer didReceiveChallenge/,
  ],
  ["needs-authorization", { retryAt: NOW + HOUR }, /willSend holds it back: .* in 60 minutes/],
  ["needs-authorization", { status: 403 }, /after HTTP 403: the app has to call resume\(\)/],
  ["connecting", {}, /not waiting: it has sent its request to app\.test, which has not answered/],
  ["transferring", {}, /not waiting: .*\(1000 bytes/],
  ["finishing", {}, /not waiting: .* checked and stored/],
];

describe("explain", () => {
  it.each(TOLD)("tells %s with %o as %s", (activity, facts, told) => {
    const text = explain({ ...TASK, activity, waiting: { ...FREE, ...facts } }, NOW);
    expect(text).toMatch(told);
    expect(text).toMatch(/^[A-Z].*\.$/);
    expect(text).not.toMatch(/undefined|NaN/);
  });

  it("tells why the last attempt failed, if that is known", () => {
    const failed = { ...TASK, waiting: { ...FREE, retryAt: NOW + HOUR }, lastFailure: "HTTP 503" };
    expect(explain({ ...failed, activity: "backing-off" }, NOW)).toMatch(/^Attempt 3 failed \(HTTP 503\): /);
    expect(explain({ ...failed, activity: "waiting-for-network", lastFailure: "reset" }, NOW)).toMatch(
      /^No answer came from app\.test \(reset\): /,
    );
  });

  it("tells every activity", () => {
    expect(new Set(TOLD.map(([activity]) => activity))).toEqual(new Set(TASK_ACTIVITIES));
  });

  it("tells of a stopped worker, which another start makes go on", () => {
    const text = explain({ ...TASK, activity: "waiting-for-daemon", isActivityLive: false }, NOW);
    expect(text).toMatch(/worker is stopped/);
  });

  it("tells the states that are not running, and the end", () => {
    expect(explain({ ...TASK, state: "suspended" })).toMatch(/suspended.*resume\(\)/);
    expect(explain({ ...TASK, state: "canceling" })).toMatch(/being cancelled/);
    const failure = { code: "timed-out", message: "It took too long" } as const;
    expect(explain({ ...TASK, state: "completed", failure })).toBe(
      "It failed (timed-out): It took too long.",
    );
    expect(explain({ ...TASK, failure })).toMatch(/being ended: It took too long/);
    const response = { url: "https://app.test/", status: 404, headers: {} };
    expect(explain({ ...TASK, state: "completed", response })).toBe("It has ended with HTTP 404.");
  });

  it("tells of an activity of a newer version, and of a time that no date can be", () => {
    expect(explain({ ...TASK, activity: "dreaming" as TaskActivity })).toMatch(/is unknown: dreaming/);
    const waiting = { ...FREE, notBefore: 9e15 };
    expect(explain({ ...TASK, activity: "waiting-for-date", waiting }, NOW)).toMatch(/in \d+ days/);
  });
});
