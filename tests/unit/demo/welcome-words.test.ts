import { describe, expect, it } from "vitest";
import type { LibraryEntry } from "../../../demo/library/schema.ts";
import { welcomeWords } from "../../../demo/tour/welcome-words.ts";
import { minuteWords } from "../../../demo/words/clock-words.ts";

const NOW = new Date(2026, 2, 14, 12, 0).getTime();
const AT = new Date(2026, 2, 14, 11, 57).getTime();
const FILE = { kind: "file", fileName: "a", type: "", sizeBytes: 1 } as const;
const LOST = { kind: "failed", code: "network-lost", message: "" } as const;

type Ended = Parameters<typeof welcomeWords>[0][number];

function ended(way?: LibraryEntry["way"], change: Partial<Ended> = {}): Ended {
  return { name: "Slow", outcome: FILE, endedAt: AT, ...(way !== undefined && { way }), ...change };
}

function said(...entries: Ended[]): unknown {
  const { title, ways } = welcomeWords(entries, NOW) ?? {};
  return [title?.replaceAll(minuteWords(AT, NOW), "11:57"), ways];
}

describe("welcomeWords", () => {
  it("says how many files finished, when, and which way they went", () => {
    expect(said(ended("worker"), ended("worker"), ended("worker"))).toEqual([
      "3 files finished at 11:57, while no page was open.",
      "Transferred by the service worker.",
    ]);
    expect(said(ended("worker"), ended("background-fetch"), ended("background-fetch"))).toEqual([
      "3 files finished at 11:57, while no page was open.",
      "Transferred by the service worker (1) and the browser itself (2).",
    ]);
  });

  it("calls a single file by its name, and leaves out a way that nobody knows", () => {
    expect(said(ended())).toEqual(["Slow finished at 11:57, while no page was open.", ""]);
  });

  it("tells of failures, too", () => {
    expect(said(ended(undefined, { outcome: LOST }))).toEqual([
      "Slow failed at 11:57, while no page was open.",
      "",
    ]);
    expect(said(ended(), ended(), ended(undefined, { outcome: LOST }))).toEqual([
      "2 files finished and 1 failed at 11:57, while no page was open.",
      "",
    ]);
  });

  it("says from when to when, and the day if it was another one", () => {
    const before = AT - 24 * 3_600_000;
    const { title } = welcomeWords([ended(undefined, { endedAt: before }), ended()], NOW) ?? {};
    expect(title).toBe(
      `2 files finished between ${minuteWords(before, NOW)} and ${minuteWords(AT, NOW)}, while no page was open.`,
    );
    expect(minuteWords(before, NOW)).toContain("13");
  });

  it("says nothing of what the user has cancelled", () => {
    const outcome = { kind: "failed", code: "user-cancelled", message: "" } as const;
    expect(welcomeWords([ended(undefined, { outcome })], NOW)).toBeUndefined();
    expect(welcomeWords([], NOW)).toBeUndefined();
  });
});
