import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { RetryConditions } from "../../store/due-time.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { TransportConditions } from "./choose-transport.ts";

export interface Conditions extends RetryConditions {
  readonly isOnline: boolean;
  /** Undefined if the browser does not say. */
  readonly isExpensive: boolean | undefined;
  readonly isConstrained: boolean | undefined;
  /** A page says that the device runs on its battery. */
  readonly isOnBattery: boolean;
  /** Hosts seen to speak HTTP/2 or later, and how many short requests each gets at once. */
  readonly multiplexedHosts: ReadonlyMap<string, number>;
  /** When the hosts whose last request got no answer are tried again. */
  readonly silentHosts: ReadonlyMap<string, number>;
  readonly transport: TransportConditions;
}

export interface Situation {
  /** Every unfinished task. */
  readonly rows: readonly TaskRow[];
  /** The tasks of all runs, as they were when their runs began; some may have ended since. */
  readonly runs: Iterable<TaskRow>;
  /** The tasks of which a request was just broken off, and may still be on the wire. */
  readonly brokenOff: Iterable<TaskRow>;
  /** Whether a task that ended badly holds the queue of this one. */
  isHeld(row: TaskRow): boolean;
  /** When a run of the session last began; undefined if none has. */
  lastStartOf(session: string): number | undefined;
  /** Whether this task has a run. */
  isRunning(row: TaskRow): boolean;
  /** How many connections a run holds; none once its bytes have been sent or received. */
  connectionsOf(row: TaskRow): number;
  configurationOf(row: TaskRow): StoredConfiguration;
  /** The limit for all sessions together; undefined for the default. */
  readonly maximumConnections?: number | undefined;
  readonly conditions: Conditions;
}
