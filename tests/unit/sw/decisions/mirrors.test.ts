import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import type { FileRow, ResponseRow, TaskRow } from "../../../../src/store/schema.ts";
import { taskInfoOf } from "../../../../src/store/task-info-of.ts";
import { afterAnswer } from "../../../../src/sw/decisions/after-answer.ts";
import { afterOutcome } from "../../../../src/sw/decisions/after-outcome.ts";
import type { Outcome } from "../../../../src/sw/decisions/outcome.ts";
import { PROVED_FILE, type RowOptions, taskRow } from "../../../support/task-row.ts";

const [A, B, C] = ["https://a.test/file", "https://b.test/file", "https://c.test/file"] as const;
const FACTS = { now: 5_000, jitter: 0.5, configuration: DEFAULT_CONFIGURATION };
/** Its server turned out not to support ranges. */
const FILE: FileRow = { ...PROVED_FILE, isUnranged: true };

function answer(status: number): ResponseRow {
  return { url: A, status, statusText: "", headers: {}, redirected: false };
}

/** Asks A, with 40 bytes of the file on disk; then B, then C. */
function row(untried: number, change: RowOptions = {}): TaskRow {
  const kept = { file: FILE, bytesReceived: 40, bytesExpected: 100, farthest: 40, response: answer(200) };
  return taskRow({ url: A, mirrors: { urls: [A, B, C], at: 0, untried }, ...kept, ...change });
}

const ERROR_PAGE: FileRow = { fileId: "key/1", total: 9, isTotalSure: true, isSameOrigin: true };

/** What shows that a server cannot give the file. */
const FAILURES = {
  unanswered: { kind: "unanswered", message: "refused" },
  blocked: { kind: "unanswered", message: "CORS", isSuspectedBlock: true },
  stuck: { kind: "interrupted", message: "cut", hasProgressed: false },
  refused: { kind: "refused", status: 503, retryAfterMs: 7_000 },
  unusable: { kind: "unusable", reason: "a page of the hotel", hasProgressed: false },
  "rest refused": { kind: "failed", failure: { code: "bad-response", message: "HTTP 403" } },
  "of no use": {
    kind: "failed",
    failure: { code: "integrity-mismatch", message: "other bytes" },
    dropsBytes: true,
  },
  missing: { kind: "finished", response: answer(404), file: ERROR_PAGE, bytesReceived: 9 },
} satisfies Record<string, Outcome>;

/** Another server would do no better. */
const OTHERS = {
  finished: { kind: "finished", response: answer(200), file: FILE, bytesReceived: 100 },
  restart: { kind: "restart", reason: "another version", isUnranged: false },
  withheld: { kind: "withheld", status: 401, asksAgain: false },
  lost: { kind: "turned-back", reason: "the browser has lost it", isForGood: false },
  full: { kind: "failed", failure: { code: "storage-full", message: "full" } },
  stopped: { kind: "stopped" },
} satisfies Record<string, Outcome>;

describe("a download with mirrors", () => {
  it.each(Object.entries(FAILURES))("goes on at the next one at once: %s", (_, outcome) => {
    const before = row(2, { backoff: { since: 0, tries: 2, jitter: 0, floorMs: 0, isUnanswered: true } });
    const after = afterOutcome(before, outcome, FACTS);
    expect(after).toMatchObject({ state: "running", attempts: 1, failures: 0 });
    expect(after.request.url).toBe(B);
    expect(after.mirrors).toEqual({ urls: [A, B, C], at: 1, untried: 1 });
    expect(after.backoff).toBeUndefined();
    expect(after.failure).toBeUndefined();
  });

  it("keeps its bytes and what proves them, but not what is true of one server alone", () => {
    const after = afterOutcome(row(2), FAILURES["rest refused"], FACTS);
    expect(after).toMatchObject({ bytesReceived: 40, response: answer(200) });
    expect(after.file).toEqual({
      fileId: "key/0",
      total: 100,
      isTotalSure: true,
      validator: { kind: "etag", value: '"1"' },
      isSameOrigin: false,
    });
  });

  it.each(["of no use", "missing"] as const)("starts over if what came is not the file: %s", (name) => {
    const received = row(2, { isReceived: true, isVerified: true, bytesReceived: 100 });
    const after = afterOutcome(received, FAILURES[name], FACTS);
    expect(after).toMatchObject({ bytesReceived: 0, bytesExpected: -1 });
    for (const field of ["response", "isReceived", "isVerified"] as const)
      expect(after[field]).toBeUndefined();
    expect(after.file?.validator).toBeUndefined();
  });

  it.each(Object.entries(FAILURES))("does as without mirrors if all have failed: %s", (_, outcome) => {
    const before = row(0, { backoff: { since: 0, tries: 2, jitter: 0, floorMs: 0, isUnanswered: true } });
    const { mirrors: _mirrors, ...alone } = before;
    const { request, mirrors, file, ...after } = afterOutcome(before, outcome, FACTS);
    const { request: _request, file: _file, ...expected } = afterOutcome(alone, outcome, FACTS);
    expect(after).toEqual(expected);
    const isOver = after.state === "completed";
    expect(request.url).toBe(isOver ? A : B);
    expect(mirrors).toEqual(isOver ? before.mirrors : { urls: [A, B, C], at: 1, untried: 2 });
    expect(file?.fileId).toBe(_file?.fileId);
  });

  it.each(Object.entries(OTHERS))("stays: %s", (_, outcome) => {
    const before = row(2);
    const { mirrors: _mirrors, ...alone } = before;
    const { mirrors, ...after } = afterOutcome(before, outcome, FACTS);
    expect(after).toEqual(afterOutcome(alone, outcome, FACTS));
    expect(mirrors).toEqual(before.mirrors);
  });

  it.each(["unanswered", "blocked", "stuck"] as const)(
    "is patient with a server whose bytes it may continue: %s",
    (name) => {
      const before = row(2);
      const { mirrors: _mirrors, ...alone } = before;
      const { mirrors, ...after } = afterOutcome(before, FAILURES[name], FACTS);
      expect(after).toEqual(afterOutcome(alone, FAILURES[name], FACTS));
      expect(mirrors).toEqual(before.mirrors);
      const unproved = afterOutcome(row(2, { file: undefined, bytesReceived: 0 }), FAILURES[name], FACTS);
      expect(unproved.request.url).toBe(B);
    },
  );

  it("stays if the app's own hook is what fails", () => {
    const outcome = { ...FAILURES.unusable, code: "internal" as const };
    expect(afterOutcome(row(2), outcome, FACTS).request.url).toBe(A);
  });

  it("comes back to the first after the last, and shows the first as its request", () => {
    const last = row(1, { url: C, mirrors: { urls: [A, B, C], at: 2, untried: 1 } });
    const after = afterOutcome(last, FAILURES.refused, FACTS);
    expect(after.request.url).toBe(A);
    expect(after.mirrors?.at).toBe(0);
    expect(taskInfoOf(last).request.url).toBe(A);
  });

  it("asks an address that the app has replaced, when it is its turn again", () => {
    const held = row(2, { hold: { asksAgain: false, asks: "didReceiveChallenge" } });
    const request = { ...held.request, url: "https://a.test/file?fresh" };
    const after = afterAnswer(held, { disposition: "continue", request }, FACTS);
    expect(after.mirrors?.urls).toEqual([request.url, B, C]);
  });

  it("tries all others again after progress", () => {
    const after = afterOutcome(row(0), { kind: "interrupted", message: "cut", hasProgressed: true }, FACTS);
    expect(after.request.url).toBe(A);
    expect(after.mirrors).toEqual({ urls: [A, B, C], at: 0, untried: 2 });
  });

  it("takes a status that the app accepts for an answer", () => {
    const after = afterOutcome(row(2, { acceptStatuses: [404] }), FAILURES.missing, FACTS);
    expect(after).toMatchObject({ state: "completed", response: { status: 404 } });
  });

  it("ends as blocked if no server of them allows it", () => {
    let after = row(2);
    for (let count = 0; count < 9 && after.state === "running"; count += 1)
      after = afterOutcome(
        { ...after, response: undefined as never, bytesReceived: 0 },
        FAILURES.blocked,
        FACTS,
      );
    expect(after).toMatchObject({ state: "completed", failure: { code: "blocked" }, attempts: 3 });
  });
});
