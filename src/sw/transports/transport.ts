import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { Database } from "../../store/database.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import type { Outcome } from "../outcome.ts";

/** What the world offers to a transport. */
export interface TransportHost {
  readonly database: Database;
  readonly origin: string;
  now(): number;
  isOnline(): boolean;
  fetch(request: Request): Promise<Response>;
  /** Free bytes for this origin; undefined where the browser does not say. */
  freeBytes(): Promise<number | undefined>;
}

/** One attempt at one task. */
export interface Run {
  readonly row: TaskRow;
  readonly configuration: StoredConfiguration;
  readonly host: TransportHost;
  /** Aborted when the task is suspended or cancelled, or the daemon has to leave. */
  readonly signal: AbortSignal;
  /** Sends a request of the task, as the app wants it. Rejects as `fetch` does; an outcome ends the run. */
  send(request: Request): Promise<Response | Outcome>;
  /** Something to show has changed. */
  report(facts: LiveFacts): void;
  /** The download goes on from bytes that were on disk. */
  reportResumed(offset: number): void;
}

/** A way to move the bytes: makes one attempt, writes nothing but bytes, and returns what became of it. */
export type Transport = (run: Run) => Promise<Outcome>;
