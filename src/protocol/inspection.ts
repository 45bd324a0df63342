import type { ScopeNames } from "./names.ts";
import type { TaskActivity } from "./task-state.ts";

/** One line of the daemon's log. URLs have no user, password, query and fragment, and headers are never logged. */
export interface LogEntry {
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  readonly session?: string;
  readonly taskId?: string;
}

/** A line that the running daemon remembers. */
export interface LogLine extends LogEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Returns the name of the channel on which an inspector asks the running daemon, and gets its answer. */
export function inspectionChannelOf({ database }: ScopeNames): string {
  return `${database}#inspection`;
}

/** What the inspector broadcasts to the daemon; a worker that is stopped does not hear it, and is not started by it. */
export const INSPECTION = "inspect";

/** What the running daemon broadcasts then. All of it is in memory, and is gone when the worker stops. */
export interface Inspection {
  /** When the worker started. Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Its last 500 lines, the oldest first. */
  readonly log: readonly LogLine[];
  /** What each unfinished task is doing, with its key; undefined if it is being given up. */
  readonly activities: readonly (readonly [key: string, activity: TaskActivity | undefined])[];
}
