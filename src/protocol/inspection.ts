import type { ScopeNames } from "./names.ts";
import type { TaskActivity } from "./task-state.ts";
import type { Greeting } from "./versions.ts";

/** One line of the daemon's log. URLs have no user, password, query and fragment, and headers are never logged. */
export interface LogEntry {
  /** `"error"`: a fault of the library, the app's code or the disk. `"warning"`: unusual, and dealt with. */
  readonly level: "info" | "warning" | "error";
  /** A sentence in English. Its wording may change in any version. */
  readonly message: string;
  /** The identifier of the session that it is about; absent if it is about none or all. */
  readonly session?: string;
  /** The `id` of the task that it is about, if any. */
  readonly taskId?: string;
}

/** A line that the running daemon remembers. */
export interface LogLine extends LogEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Returns the name of the channel on which an inspector asks the running workers of a scope, and gets their answers. */
export function inspectionChannelOf({ database }: ScopeNames): string {
  return `${database}#inspection`;
}

/**
 * What the inspector broadcasts to the workers; one that is stopped does not hear it, and is not started by it. Strings are
 * questions; all else on the channel is from workers.
 */
export const INSPECTION = "inspect";

/** The same question, of an inspector that goes on listening: one `LOGGED` follows when the worker logs its next line. */
export const LISTENING = "listen";

/** What a worker broadcasts when it logs a line, if it was asked with `LISTENING` since the last time. */
export const LOGGED = true;

/** What each running worker broadcasts when it is asked; 0.2.0 and earlier versions do not tell. */
export interface WorkerVersion extends Pick<Greeting, "versions" | "library"> {
  /** Undefined in Firefox, and in a worker that a page has started. */
  readonly state: ServiceWorkerState | undefined;
}

/** What the running daemon broadcasts then. All of it is in memory, and is gone when the worker stops. */
export interface Inspection extends Partial<WorkerVersion> {
  /** When the worker started. Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Its last 500 lines, the oldest first. */
  readonly log: readonly LogLine[];
  /** What each unfinished task is doing, with its key; undefined if it is being given up. */
  readonly activities: readonly (readonly [key: string, activity: TaskActivity | undefined])[];
}
