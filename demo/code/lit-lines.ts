import type { SessionSnapshot } from "../../src/app/index.ts";

/** How far the program is. */
export type Phase = "idle" | "opening" | "running" | "succeeded" | "failed";

/** What stands in the lines that light up in each phase. */
const MARKS: Readonly<Record<Phase, readonly string[]>> = {
  idle: [],
  opening: ["BackgroundSession.open(", "serviceWorker:"],
  running: ["downloadTask("],
  succeeded: ["didFinishDownloading:", "didComplete:"],
  failed: ["didComplete:"],
};

/** Returns the indices of the lines that light up. */
export function litLines(lines: readonly string[], phase: Phase): number[] {
  return MARKS[phase].map((mark) => lines.findIndex((line) => line.includes(mark)));
}

/** Returns the phase in which a session is that the program has opened. */
export function phaseOf({ tasks, finished }: Pick<SessionSnapshot, "tasks" | "finished">): Phase {
  if (tasks.length > 0) return "running";
  const last = finished.at(-1);
  if (last === undefined) return "opening";
  return last.error === undefined && last.response?.ok ? "succeeded" : "failed";
}
