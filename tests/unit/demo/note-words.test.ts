import { describe, expect, it } from "vitest";
import { noteWords } from "../../../demo/notes/note-words.ts";
import { clockWords } from "../../../demo/words/clock-words.ts";
import { TASK_ACTIVITIES } from "../../support/task-activities.ts";

const NOW = new Date(2026, 2, 14, 11, 57).getTime();
const NOTE: Parameters<typeof noteWords>[0] = {
  state: "running",
  activity: "transferring",
  error: undefined,
  response: undefined,
  finishedAt: undefined,
  nextAttemptDate: undefined,
};

describe("noteWords", () => {
  it("has words for each activity, and says when it tries again only if it waits for that", () => {
    const nextAttemptDate = new Date(NOW + 11_200);
    const counting = TASK_ACTIVITIES.filter((activity) => {
      const { sentence } = noteWords({ ...NOTE, activity, nextAttemptDate }, NOW);
      expect(sentence).toMatch(/^[A-Z][a-z, ]+/);
      return sentence.endsWith("Next try in 12 s");
    });
    expect(counting).toEqual(["waiting-for-network", "backing-off"]);
  });

  it("says what a person would say", () => {
    expect(noteWords({ ...NOTE, activity: "waiting-for-network" }, NOW).sentence).toBe(
      "Waiting for the network",
    );
    expect(noteWords({ ...NOTE, activity: "waiting-for-queue" }, NOW).sentence).toBe(
      "Waiting for the one before it",
    );
  });

  it("says how it ended", () => {
    const sent = { ...NOTE, state: "completed", finishedAt: new Date(NOW) } as const;
    expect(noteWords(sent, NOW)).toEqual({ sentence: `Sent at ${clockWords(NOW)}`, tone: "done" });
    const response = { ok: false, status: 404, statusText: "" } as (typeof NOTE)["response"];
    expect(noteWords({ ...sent, response }, NOW)).toEqual({
      sentence: "The server answered 404 Not Found",
      tone: "failed",
    });
    const error = { code: "network-lost" } as (typeof NOTE)["error"];
    expect(noteWords({ ...sent, error }, NOW)).toEqual({
      sentence: "The connection broke too often",
      tone: "failed",
    });
  });
});
