import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import type { TaskState } from "../../../../src/protocol/task-state.ts";
import type { ResponseRow, TaskRow } from "../../../../src/store/schema.ts";
import { changed } from "../../../../src/store/tasks.ts";
import {
  afterOutcome,
  MAX_SUSPECTED_BLOCKS,
  type OutcomeFacts,
  released,
} from "../../../../src/sw/decisions/after-outcome.ts";
import type { Outcome } from "../../../../src/sw/decisions/outcome.ts";
import { mayRepeat } from "../../../../src/sw/decisions/retry-policy.ts";
import { PROVED_FILE as FILE, type RowOptions, taskRow } from "../../../support/task-row.ts";

const FACTS: OutcomeFacts = { now: 5_000, jitter: 0.5, configuration: DEFAULT_CONFIGURATION };
const STATES: TaskState[] = ["suspended", "running", "canceling", "completed"];

const RESPONSE: ResponseRow = {
  url: "https://app.test/file",
  status: 200,
  statusText: "OK",
  headers: {},
  redirected: false,
};

const OUTCOMES = {
  finished: { kind: "finished", response: RESPONSE, file: FILE, bytesReceived: 100 },
  unanswered: { kind: "unanswered", message: "offline" },
  blocked: { kind: "unanswered", message: "CORS", isSuspectedBlock: true },
  progressed: { kind: "interrupted", message: "cut", hasProgressed: true },
  eager: { kind: "interrupted", message: "capped", hasProgressed: true, isEager: true },
  stuck: { kind: "interrupted", message: "cut", hasProgressed: false },
  refused: { kind: "refused", status: 503, retryAfterMs: 7_000 },
  restart: { kind: "restart", reason: "another version", isUnranged: false },
  unranged: { kind: "restart", reason: "cannot do ranges", isUnranged: true },
  contradicted: { kind: "restart", reason: "another range", isUnranged: false, isUnsplit: true },
  unusable: { kind: "unusable", reason: "a page of the hotel", hasProgressed: false },
  withheld: { kind: "withheld", status: 401, asksAgain: false },
  lost: { kind: "turned-back", reason: "the browser has lost it", isForGood: false },
  useless: { kind: "turned-back", reason: "HTTP 404, without its body", isForGood: true },
  failed: { kind: "failed", failure: { code: "storage-full", message: "full" } },
  stopped: { kind: "stopped" },
} satisfies Record<string, Outcome>;

type Name = keyof typeof OUTCOMES;
const NAMES = Object.keys(OUTCOMES) as Name[];
/** The server answered, and the attempt failed. */
const ANSWERED_FAILURES: Name[] = ["stuck", "refused", "restart", "unranged", "contradicted", "unusable"];

function rowAfter(name: Name, row: TaskRow, change: Partial<OutcomeFacts> = {}): TaskRow {
  return afterOutcome(row, OUTCOMES[name], { ...FACTS, ...change });
}

function walk(names: readonly Name[], row: TaskRow): TaskRow {
  return names.reduce((current, name) => rowAfter(name, current), row);
}

function rowIn(state: TaskState, options: RowOptions = {}): TaskRow {
  const live = state === "completed" ? { live: undefined } : {};
  return taskRow({ state, file: FILE, bytesReceived: 40, farthest: 40, ...live, ...options });
}

const anyWalk = fc.array(fc.constantFrom(...NAMES), { maxLength: 40 });

describe("afterOutcome", () => {
  it.each(NAMES)("%s never changes a finished task", (name) => {
    const row = rowIn("completed");
    expect(rowAfter(name, row)).toBe(row);
  });

  it.each(STATES)("stopped leaves a %s task as it is", (state) => {
    const row = rowIn(state);
    expect(rowAfter("stopped", row)).toBe(row);
  });

  const unfinished = STATES.filter((state) => state !== "completed").flatMap((state) =>
    NAMES.filter((name) => name !== "stopped").map((name) => [state, name] as const),
  );

  it.each(unfinished)("%s, %s: counts the attempt and keeps state and row in step", (state, name) => {
    const row = rowIn(state);
    const next = rowAfter(name, row);
    expect(next.attempts).toBe(row.attempts + 1);
    const isFinished = next.state === "completed";
    expect(isFinished || next.state === state).toBe(true);
    expect(next.live === undefined).toBe(isFinished);
    expect(next.finishedAt).toBe(isFinished ? FACTS.now : undefined);
    if (isFinished) expect(next.backoff).toBeUndefined();
    expect(isFinished).toBe(name === "finished" || name === "failed");
    if (isFinished) expect(next.failure === undefined).toBe(name === "finished");
  });

  it("does not touch the row that it was given", () => {
    fc.assert(
      fc.property(anyWalk, (names) => {
        const row = rowIn("running");
        const before = structuredClone(row);
        walk(names, row);
        expect(row).toEqual(before);
      }),
    );
  });

  it("keeps the first end, whatever comes later", () => {
    fc.assert(
      fc.property(anyWalk, anyWalk, (names, more) => {
        const end = walk([...names, "failed"], rowIn("running"));
        expect(walk(more, end)).toBe(end);
      }),
    );
  });

  it("finished stores the answer", () => {
    expect(rowAfter("finished", rowIn("running"))).toMatchObject({
      state: "completed",
      response: RESPONSE,
      file: FILE,
      bytesReceived: 100,
    });
  });

  it("failed stores why", () => {
    expect(rowAfter("failed", rowIn("running")).failure).toEqual(OUTCOMES.failed.failure);
  });
});

/** Its server is known not to support ranges: to find that out is no failure. */
const UNRANGED = { ...FILE, isUnranged: true } as const;

describe("the limit of retries", () => {
  it("counts only answered failures, in a row", () => {
    fc.assert(
      fc.property(anyWalk, fc.constantFrom(...ANSWERED_FAILURES), (names, failure) => {
        const unlimited = {
          ...DEFAULT_CONFIGURATION,
          retry: { limit: Number.POSITIVE_INFINITY, unsafe: true },
        };
        const harmless = names.filter((name) => !["finished", "failed", "blocked"].includes(name));
        let row = rowIn("running", { file: UNRANGED });
        let expected = 0;
        for (const name of [...harmless, failure]) {
          row = rowAfter(name, row, { configuration: unlimited });
          if (ANSWERED_FAILURES.includes(name)) expected += 1;
          if (name === "progressed" || name === "eager") expected = 0;
          expect(row.failures).toBe(expected);
        }
        expect(row.state).toBe("running");
      }),
    );
  });

  it.each(ANSWERED_FAILURES)("%s: ten failures are tolerated, the eleventh is the last", (name) => {
    const names = Array<Name>(10).fill(name);
    const row = walk(names, rowIn("running", { file: UNRANGED }));
    expect(row.state).toBe("running");
    const end = rowAfter(name, row);
    expect(end.state).toBe("completed");
    expect(end.failure?.code).toBe(name === "stuck" ? "network-lost" : "bad-response");
    expect(end.failure?.message).toContain("11");
  });

  it("no answer, ten thousand times, ends nothing: only the deadline does", () => {
    const row = walk(Array<Name>(10_000).fill("unanswered"), rowIn("running"));
    expect(row).toMatchObject({ state: "running", failures: 0, attempts: 10_000 });
  });

  it("progress resets the count and the delays", () => {
    const row = walk(["refused", "refused", "refused", "progressed"], rowIn("running"));
    expect(row).toMatchObject({ failures: 0, backoff: { tries: 1 } });
  });

  it("limit 0 ends with the first failed answer", () => {
    const retry = { limit: 0, unsafe: true };
    expect(rowAfter("stuck", rowIn("running", { retry })).state).toBe("completed");
    expect(rowAfter("unanswered", rowIn("running", { retry })).state).toBe("running");
  });

  it("the task's own limit overrides that of its session", () => {
    const configuration = { ...DEFAULT_CONFIGURATION, retry: { limit: 0, unsafe: true } };
    const row = rowIn("running", { retry: { limit: 1, unsafe: true } });
    expect(rowAfter("stuck", row, { configuration }).state).toBe("running");
  });
});

describe("the wait for the next attempt", () => {
  it("grows with each failure, answered or not", () => {
    const row = walk(["unanswered", "refused", "stuck", "unanswered"], rowIn("running"));
    expect(row.backoff).toMatchObject({ tries: 4, since: FACTS.now, jitter: FACTS.jitter });
  });

  it("obeys only the Retry-After of the last answer", () => {
    const row = rowAfter("refused", rowIn("running"));
    expect(row.backoff).toMatchObject({ floorMs: 7_000, isUnanswered: false });
    expect(rowAfter("stuck", row).backoff?.floorMs).toBe(0);
  });

  it("remembers why the last attempt failed", () => {
    const told: Partial<Record<Name, string>> = {
      unanswered: "offline",
      blocked: "CORS",
      progressed: "cut",
      stuck: "cut",
      refused: "HTTP 503",
      unusable: "a page of the hotel",
    };
    for (const [name, why] of Object.entries(told))
      expect(rowAfter(name as Name, taskRow()).backoff?.why, name).toBe(why);
    expect(rowAfter("withheld", rowAfter("refused", taskRow())).backoff?.why).toBeUndefined();
  });

  it("ends when the network returns, if no answer came or one broke off", () => {
    expect(rowAfter("unanswered", rowIn("running")).backoff?.isUnanswered).toBe(true);
    expect(rowAfter("progressed", rowIn("running")).backoff?.isUnanswered).toBe(true);
    expect(rowAfter("refused", rowIn("running")).backoff?.isUnanswered).toBe(false);
  });

  it("is zero after a range that the server capped, and before the first restart", () => {
    expect(rowAfter("eager", rowIn("running")).backoff).toBeUndefined();
    expect(rowAfter("restart", rowIn("running")).backoff).toBeUndefined();
    expect(walk(["restart", "restart"], rowIn("running")).backoff).toBeDefined();
  });
});

describe("a restart", () => {
  it("keeps the file's name, but nothing that could prove a resume", () => {
    const { file, bytesReceived } = rowAfter("restart", rowIn("running"));
    expect(file).toEqual({ fileId: "key/0", isSameOrigin: true, isTotalSure: false });
    expect(bytesReceived).toBe(0);
  });

  it("remembers that the server does not support ranges", () => {
    const row = walk(["unranged", "restart"], rowIn("running"));
    expect(row.file?.isUnranged).toBe(true);
  });

  it("because of ranges that contradict each other leaves the task one connection", () => {
    const row = rowIn("running", { connections: 4, file: { ...FILE, ranges: [[60, 80]] } });
    const { connections, file, bytesReceived } = rowAfter("contradicted", row);
    expect({ connections, bytesReceived, ranges: file?.ranges }).toEqual({
      connections: undefined,
      bytesReceived: 0,
      ranges: undefined,
    });
    expect(rowAfter("restart", row).connections).toBe(4);
  });

  it("does not count the discovery that the server does not support ranges", () => {
    const retry = { limit: 0, unsafe: true };
    const row = rowIn("running", { retry, failures: 0 });
    expect(rowAfter("unranged", row)).toMatchObject({ state: "running", failures: 0 });
    expect(walk(["unranged", "unranged"], row)).toMatchObject({ state: "completed", failures: 1 });
  });

  it("keeps how far it ever got: only more than that is progress", () => {
    expect(rowAfter("restart", rowIn("running")).farthest).toBe(40);
  });
});

describe("a failure that looks like CORS", () => {
  it("is final when it occurs three times in a row", () => {
    const names = Array<Name>(MAX_SUSPECTED_BLOCKS - 1).fill("blocked");
    const row = walk(names, rowIn("running"));
    expect(row.state).toBe("running");
    expect(rowAfter("blocked", row).failure?.code).toBe("blocked");
  });

  it.each(["unanswered", "progressed", "refused"] as const)("%s in between resets the count", (name) => {
    const row = walk(["blocked", "blocked", name, "blocked", "blocked"], rowIn("running"));
    expect(row.state).toBe("running");
  });
});

describe("retry.unsafe: false", () => {
  const retry = { limit: 10, unsafe: false };

  it.each(["unanswered", "stuck", "refused", "restart"] as const)("%s ends a POST", (name) => {
    const next = rowAfter(name, rowIn("running", { method: "POST", retry, kind: "data" }));
    expect(next.state).toBe("completed");
    expect(next.failure).toBeDefined();
  });

  it.each(["GET", "HEAD", "PUT", "DELETE"])("a %s may be sent again anyway", (method) => {
    const row = rowIn("running", { method, retry });
    expect(mayRepeat(row, DEFAULT_CONFIGURATION)).toBe(true);
    expect(rowAfter("unanswered", row).state).toBe("running");
  });

  it("is not the default: a POST is sent again", () => {
    expect(rowAfter("unanswered", rowIn("running", { method: "POST" })).state).toBe("running");
  });
});

describe("an upload", () => {
  const parts = [{ start: 0, end: 100, offset: 40, reach: 60, url: "https://app.test/tus/1" }];
  const upload = { protocol: "tus" as const, sizeBytes: 100, bytesAcknowledged: 40, parts };
  const row = () => rowIn("running", { kind: "upload", file: undefined, upload, failures: 3 });

  it("that starts again forgets its progress, and nothing else", () => {
    const next = rowAfter("restart", row());
    expect(next.upload).toEqual({ protocol: "tus", sizeBytes: 100, bytesAcknowledged: 0 });
    expect(next.failures).toBe(4);
  });

  it("keeps a refusal until it is known who gave it", () => {
    const refused = rowIn("running", { kind: "upload", upload: { ...upload, answer: RESPONSE } });
    const isKept = (outcome: Outcome) => afterOutcome(refused, outcome, FACTS).upload?.answer !== undefined;
    const kept = (["unanswered", "refused", "unusable", "withheld"] as const).map((it) =>
      isKept(OUTCOMES[it]),
    );
    expect(kept).toEqual([true, true, true, true]);
    expect([isKept(OUTCOMES.restart), isKept({ ...OUTCOMES.finished, file: undefined })]).toEqual([
      false,
      false,
    ]);
  });

  it("that failed keeps the answer that shows why", () => {
    const outcome = { ...OUTCOMES.failed, response: RESPONSE } as Outcome;
    expect(afterOutcome(row(), outcome, FACTS)).toMatchObject({ state: "completed", response: RESPONSE });
  });

  it.each([
    [201, 100],
    [413, 40],
  ])("that is answered %i has %i bytes acknowledged", (status, bytesAcknowledged) => {
    const outcome: Outcome = { ...OUTCOMES.finished, file: undefined, response: { ...RESPONSE, status } };
    expect(afterOutcome(row(), outcome, FACTS).upload).toMatchObject({ bytesAcknowledged });
  });

  it.each(["refused", "unusable"] as const)(
    "whose run made progress before it was %s counts from one",
    (name) => {
      const outcome: Outcome = { ...OUTCOMES[name], hasProgressed: true };
      expect(afterOutcome(row(), outcome, FACTS)).toMatchObject({ failures: 1, backoff: { tries: 1 } });
    },
  );

  it("in several requests may always be sent again: the server knows what it has", () => {
    const retry = { limit: 1, unsafe: false };
    const post = (change: RowOptions) => taskRow({ kind: "upload", method: "POST", retry, ...change });
    expect(mayRepeat(post({ upload }), DEFAULT_CONFIGURATION)).toBe(true);
    expect(mayRepeat(post({ upload: { bytesAcknowledged: 0 } }), DEFAULT_CONFIGURATION)).toBe(false);
  });
});

describe("a task that was withheld", () => {
  it("waits without counting a failure, and may be sent again", () => {
    const row = rowIn("running", { failures: 2, isSent: true });
    const next = rowAfter("withheld", row);
    expect(next).toMatchObject({ state: "running", failures: 2, hold: { status: 401, asksAgain: false } });
    expect(next.isSent).toBeUndefined();
  });

  it.each(NAMES.filter((name) => name !== "withheld" && name !== "stopped"))(
    "%s ends the waiting",
    (name) => {
      expect(rowAfter(name, rowAfter("withheld", rowIn("running"))).hold).toBeUndefined();
    },
  );

  it("is released as if it had never been withheld", () => {
    const row = rowIn("running");
    expect(released(rowAfter("withheld", row))).toMatchObject(changed(row, { attempts: 1 }));
    expect(released(rowAfter("withheld", row)).backoff).toBeUndefined();
    expect(released(row)).toBe(row);
  });
});

describe("a task that Background Fetch failed to fetch", () => {
  const backgroundFetch = {
    id: "background-session:1",
    start: 40,
    reason: "page-leaving" as const,
    startedAt: 0,
  };
  const TURNED_BACK: Name[] = ["lost", "useless"];

  it.each(TURNED_BACK)("%s: the worker resumes from what is on disk", (name) => {
    const row = rowIn("running", { backgroundFetch });
    const next = rowAfter(name, row);
    expect(next.backgroundFetch).toBeUndefined();
    expect(next).toMatchObject({ state: "running", file: FILE, bytesReceived: 40, farthest: 40 });
  });

  it("is given to it again, unless that is of no use", () => {
    expect(rowAfter("useless", rowIn("running", { backgroundFetch })).isTurnedBack).toBe(true);
    expect(rowAfter("lost", rowIn("running", { backgroundFetch }))).not.toHaveProperty("isTurnedBack");
  });

  it.each(TURNED_BACK)("%s: no failed answer is counted, however often it happens", (name) => {
    const retry = { limit: 0, unsafe: true };
    const row = walk(Array<Name>(20).fill(name), rowIn("running", { retry, failures: 0 }));
    expect(row).toMatchObject({ state: "running", failures: 0, attempts: 20 });
  });

  it("is asked for again after a growing wait", () => {
    const row = walk(["lost", "lost", "lost"], rowIn("running", { backgroundFetch }));
    expect(row.backoff).toMatchObject({ tries: 3, isUnanswered: true });
    expect(rowAfter("useless", rowIn("running", { backgroundFetch })).backoff).toBeUndefined();
  });

  it("is left to the worker after five times in a row: the number of registrations is limited", () => {
    const five = Array<Name>(5).fill("lost");
    expect(walk(five, rowIn("running", { backgroundFetch })).isTurnedBack).toBe(true);
    const between: Name[] = ["lost", "lost", "lost", "lost", "progressed", "lost"];
    expect(walk(between, rowIn("running", { backgroundFetch }))).not.toHaveProperty("isTurnedBack");
  });

  it("a restart drops the registration, which fetches the previous version", () => {
    expect(rowAfter("restart", rowIn("running", { backgroundFetch })).backgroundFetch).toBeUndefined();
  });
});
