import { describe, expect, it } from "vitest";
import type { AppsAnswer } from "../../../../src/protocol/questions.ts";
import type { FileRow, TaskRow } from "../../../../src/store/schema.ts";
import { type AnswerFacts, afterAnswer } from "../../../../src/sw/decisions/after-answer.ts";
import { type RowOptions, requestRecord, taskRow } from "../../../support/task-row.ts";

const FACTS: AnswerFacts = { now: 5_000, jitter: 0.5 };
const RESPONSE = {
  url: "https://app.test/file",
  status: 401,
  statusText: "",
  headers: {},
  redirected: false,
};
const FILE: FileRow = { fileId: "key/0", total: 100, isTotalSure: true, isSameOrigin: true };

/** A task about which the app was asked. */
function asking(change: RowOptions = {}): TaskRow {
  const hold = { asksAgain: false, asks: "didReceiveChallenge", status: 401, response: RESPONSE } as const;
  return taskRow({ key: "key", challenges: 1, hold, file: FILE, bytesReceived: 40, farthest: 40, ...change });
}

const rowAfter = (disposition: AppsAnswer["disposition"], row = asking(), request?: AppsAnswer["request"]) =>
  afterAnswer(row, { disposition, ...(request && { request }) }, FACTS);

describe("what becomes of a task after the app's answer", () => {
  it("an answer to what is no longer asked changes nothing", () => {
    for (const row of [asking({ hold: undefined }), asking({ hold: { asksAgain: true, status: 401 } })])
      for (const disposition of ["cancel", "complete", "wait", "continue"] as const)
        expect(rowAfter(disposition, row)).toBe(row);
  });

  it("cancel ends it, and says who cancelled it", () => {
    const row = rowAfter("cancel");
    expect([row.state, row.failure]).toEqual([
      "completed",
      { code: "cancelled", message: "The delegate's didReceiveChallenge cancelled the task." },
    ]);
  });

  it("complete goes on, and the next answer is the task's", () => {
    const row = rowAfter("complete");
    expect([row.state, row.hold, row.isUnchallenged]).toEqual(["running", undefined, true]);
  });

  it("continue goes on at once the first time, and later only after a while that grows", () => {
    const first = rowAfter("continue");
    expect([first.hold, first.backoff, first.challenges]).toEqual([undefined, undefined, 1]);
    const [second, third] = [2, 3].map((challenges) => rowAfter("continue", asking({ challenges })));
    expect([second?.backoff?.tries, third?.backoff?.tries]).toEqual([1, 2]);
    expect(second?.backoff?.since).toBe(FACTS.now);
    // A row of an earlier version does not count.
    expect(rowAfter("continue", asking({ challenges: undefined })).backoff).toBeUndefined();
  });

  it("wait holds it until a hook or a page has news, and does not count the question", () => {
    const row = rowAfter("wait", asking({ challenges: 3 }));
    expect(row.hold).toEqual({ asksAgain: true, status: 401, response: RESPONSE });
    expect([row.challenges, row.backoff?.since]).toEqual([2, FACTS.now]);
    for (const challenges of [1, undefined])
      expect(rowAfter("wait", asking({ challenges })).challenges).toBeUndefined();
  });

  it("continue with another request takes that, keeps the body, and goes on with what it has of the same file", () => {
    const before = { ...requestRecord("https://app.test/file", "POST"), body: "body" };
    const next = requestRecord("https://app.test/file?signed=1", "POST");
    const row = rowAfter("continue", asking({ request: before as never }), next);
    expect(row.request).toEqual({ ...next, body: "body" });
    expect(row.hold).toBeUndefined();
    const plain = rowAfter("continue", asking(), requestRecord("https://app.test/file"));
    expect("body" in plain.request).toBe(false);
    expect(rowAfter("continue", asking({ file: undefined }), next).file).toBeUndefined();
  });
});
