import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import { SessionError } from "../../../../src/protocol/session-error.ts";
import { afterOutcome } from "../../../../src/sw/decisions/after-outcome.ts";
import { ForbiddenByPolicy, Unwanted } from "../../../../src/sw/decisions/attempt-errors.ts";
import {
  type Cause,
  causeOf,
  during,
  ENDS,
  type End,
  type Moment,
  outcomeOfError,
  Thrown,
} from "../../../../src/sw/decisions/failure-class.ts";
import { taskRow } from "../../../support/task-row.ts";

/** Everything that is known to be thrown, and what it is taken for. */
const THROWN: { readonly [Of in Cause]: readonly unknown[] } = {
  unwanted: [new Unwanted()],
  known: [new SessionError("storage-full", "full"), new SessionError("file-missing", "gone")],
  policy: [new ForbiddenByPolicy("connect-src")],
  disk: [
    new DOMException("full", "QuotaExceededError"),
    new DOMException("aborted", "AbortError"),
    new DOMException("disk", "UnknownError"),
    new DOMException("blob", "NotReadableError"),
    new DOMException("closed", "InvalidStateError"),
    { name: "NS_ERROR_FILE_NO_DEVICE_SPACE" },
  ],
  platform: [
    new DOMException("clone", "DataCloneError"),
    new DOMException("late", "TimeoutError"),
    new TypeError("Failed to fetch"),
    new TypeError("undefined is not a function"),
  ],
  other: [
    new RangeError("stack"),
    new URIError("surrogate"),
    new SyntaxError("json"),
    new Error("?"),
    "text",
    undefined,
    null,
    5,
    Object.create(null),
    Object.assign(new Error("x"), { name: "AbortError" }),
  ],
};

const MOMENTS = Object.keys(ENDS) as Moment[];
const CAUSES = Object.keys(THROWN) as Cause[];

/** As few as can be: what waits without being counted. */
const PATIENT: ReadonlySet<End> = new Set(["unanswered", "withheld"]);

const all = MOMENTS.flatMap((moment) =>
  CAUSES.flatMap((cause) => THROWN[cause].map((error) => [moment, cause, error] as const)),
);

describe("what an attempt throws, for all causes × moments", () => {
  it.each(CAUSES.flatMap((cause) => THROWN[cause].map((error) => [cause, error] as const)))(
    "is known as %s: %o",
    (cause, error) => expect(causeOf(error)).toBe(cause),
  );

  it.each(all)(
    "while %s, %s: ends the attempt in one way, which is final, counted or patient",
    (moment, cause, error) => {
      const outcome = outcomeOfError(new Thrown(moment, error), false);
      const kinds: Record<End, string> = {
        stopped: "stopped",
        failed: "failed",
        blocked: "failed",
        storage: "failed",
        internal: "failed",
        unanswered: "unanswered",
        withheld: "withheld",
        unusable: "unusable",
      };
      const end = ENDS[moment][cause];
      expect(outcome.kind).toBe(kinds[end]);
      if (outcome.kind === "failed") {
        expect(outcome.failure.message).not.toBe("");
        expect("stack" in outcome).toBe(end === "internal");
      }
      // A failure that is not patient comes to an end by itself, however often it is met.
      if (PATIENT.has(end) || end === "stopped") return;
      let row = taskRow();
      for (let tries = 0; tries <= DEFAULT_CONFIGURATION.retry.limit; tries += 1) {
        row = afterOutcome(row, outcome, { now: 0, jitter: 0, configuration: DEFAULT_CONFIGURATION });
      }
      expect(row.state).toBe("completed");
    },
  );

  it("waits without counting only for the network and the app's hook", () => {
    const patient = MOMENTS.flatMap((moment) =>
      CAUSES.filter((cause) => PATIENT.has(ENDS[moment][cause])).map((cause): [Moment, Cause] => [
        moment,
        cause,
      ]),
    );
    expect(patient).toEqual([
      ...CAUSES.map((cause) => ["asking willSend", cause]),
      ...["disk", "platform"].map((cause) => ["sending", cause]),
    ]);
  });

  it.each(all)("while %s, %s: is ignored if the run was told to stop", (moment, _, error) => {
    expect(outcomeOfError(new Thrown(moment, error), true)).toEqual({ kind: "stopped" });
  });

  it("without a moment is our bug, and only that has a stack: its first line is in the message", () => {
    const outcome = outcomeOfError(new ReferenceError("x is not defined"), false);
    expect(outcome).toMatchObject({
      kind: "failed",
      failure: { code: "internal", message: expect.stringContaining("ReferenceError: x is not defined") },
      stack: expect.stringContaining("failure-class.test"),
    });
  });

  it("keeps the moment, and returns what does not throw", () => {
    expect(during("sending", () => 5)).toBe(5);
    const fail = () =>
      during("making the request", () => {
        throw new TypeError("no header");
      });
    expect(fail).toThrow(
      expect.objectContaining({ moment: "making the request", cause: new TypeError("no header") }),
    );
  });

  it("never reveals the query of a URL", () => {
    const error = new TypeError(
      "Failed to parse https://a.test/x?signature=secret (https://b.test/?key=secret)",
    );
    for (const moment of MOMENTS) {
      expect(JSON.stringify(outcomeOfError(new Thrown(moment, error), false))).not.toContain("secret");
    }
  });
});
