import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import type { FileRow, ResponseRow, TaskRow } from "../../../../src/store/schema.ts";
import { afterOutcome, type OutcomeFacts } from "../../../../src/sw/decisions/after-outcome.ts";
import { nextStep } from "../../../../src/sw/decisions/finishing.ts";
import { type RowOptions, requestRecord, taskRow } from "../../../support/task-row.ts";

const FACTS: OutcomeFacts = { now: 5_000, jitter: 0.5, configuration: DEFAULT_CONFIGURATION };
const FILE: FileRow = { fileId: "key/0", total: 100, isTotalSure: true, isSameOrigin: true };
const OK: ResponseRow = { url: "", status: 200, statusText: "", headers: {}, redirected: false };

const CHECKED = { request: { ...requestRecord("https://app.test/file"), integrity: "sha256-x" } };
const PLACED = { destination: { opfs: "file" } };

function finished(row: TaskRow, response = OK): TaskRow {
  const bytes = { file: row.file ?? FILE, bytesReceived: 100 };
  return afterOutcome(row, { kind: "finished", response, ...bytes }, FACTS);
}

/** The steps that a task takes, one finished run after the other. */
function stepsOf(options: RowOptions, status = 200): string[] {
  const steps: string[] = [];
  let row = taskRow(options);
  for (let runs = 0; row.state !== "completed" && runs < 5; runs += 1) {
    row = finished(row, { ...OK, status });
    steps.push(row.state === "completed" ? "completed" : (nextStep(row) ?? "nothing"));
    expect(row.isReceived, "until it is complete, the server is not asked again").toBe(
      row.state === "completed" ? undefined : true,
    );
  }
  return steps;
}

describe("the steps after the last byte", () => {
  it.each<[string, RowOptions, number, string[]]>([
    ["neither", {}, 200, ["completed"]],
    ["integrity", CHECKED, 200, ["verify", "completed"]],
    ["a destination", PLACED, 200, ["place", "completed"]],
    ["a destination, with a 206", PLACED, 206, ["place", "completed"]],
    ["a destination, with the last of the statuses that mean success", PLACED, 299, ["place", "completed"]],
    ["a destination, with the first one after them", PLACED, 300, ["completed"]],
    ["both", { ...CHECKED, ...PLACED }, 200, ["verify", "place", "completed"]],
    ["both, with an error answer", { ...CHECKED, ...PLACED }, 404, ["completed"]],
    ["both, with a redirect that led nowhere", { ...CHECKED, ...PLACED }, 304, ["completed"]],
  ])("with %s", (_, options, status, steps) => {
    expect(stepsOf(options, status)).toEqual(steps);
  });

  it("a placed task has no file any more, and keeps its counts", () => {
    const row = finished(finished(taskRow(PLACED)));
    expect([row.isPlaced, row.file, row.bytesReceived, row.attempts]).toEqual([true, undefined, 100, 1]);
  });

  it.each([CHECKED, PLACED])("a stop leaves the step to be done: %j", (options) => {
    const row = finished(taskRow(options));
    expect(afterOutcome(row, { kind: "stopped" }, FACTS)).toBe(row);
  });

  const failure = (code: "destination-failed" | "storage-full" | "storage-lost") =>
    ({ kind: "failed", failure: { code, message: "why" } }) as const;

  it.each(["destination-failed", "storage-full"] as const)("%s keeps what was received", (code) => {
    const received = finished(finished(taskRow({ ...CHECKED, ...PLACED })));
    const row = afterOutcome(received, failure(code), FACTS);
    expect([row.state, row.isReceived, row.isVerified, row.file]).toEqual(["completed", true, true, FILE]);
  });

  it("what cannot be read, or is gone, has to be received again", () => {
    const received = finished(taskRow(PLACED));
    expect(afterOutcome(received, failure("storage-lost"), FACTS).isReceived).toBeUndefined();
    const gone = { kind: "restart", reason: "gone", isUnranged: false } as const;
    expect(afterOutcome(received, gone, FACTS)).toMatchObject({ state: "running", bytesReceived: 0 });
    expect(afterOutcome(received, gone, FACTS).isReceived).toBeUndefined();
  });

  it("a body that does not match is not received any more", () => {
    const received = finished(taskRow({ ...CHECKED, ...PLACED }));
    const row = afterOutcome(
      received,
      { kind: "failed", failure: { code: "integrity-mismatch", message: "why" }, dropsBytes: true },
      FACTS,
    );
    expect([row.isReceived, row.file, row.bytesReceived]).toEqual([undefined, undefined, 0]);
  });
});
