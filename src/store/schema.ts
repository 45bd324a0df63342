import type { DBSchema } from "idb";
import type { StoredConfiguration } from "../protocol/configuration.ts";
import type { Question } from "../protocol/questions.ts";
import type { Greeting } from "../protocol/versions.ts";
import type { HistoryPlace, TaskRow } from "./task-row.ts";

export type * from "./task-row.ts";

/** Raised by one with each entry of `UPGRADES`. */
export const SCHEMA_VERSION = 4;

export interface SessionRow {
  readonly identifier: string;
  readonly configuration: StoredConfiguration;
  /** New each time the session is created: distinguishes a session that lost its data from one that kept it. */
  readonly incarnation: string;
  /** The last event in the outbox that a background launch has handled. */
  readonly launchedUpTo?: number;
  /** The daemon that the last page found: the next page need not wait until it has started. */
  readonly daemon?: KnownDaemon | undefined;
}

/** A daemon's script, and what it said about itself. */
export interface KnownDaemon {
  readonly script: string;
  readonly greeting: Greeting;
}

/** A background launch whose completion handler has not been called yet (C2). */
export interface LaunchRow {
  readonly session: string;
  /** Milliseconds since the epoch. */
  readonly begunAt: number;
  /** How often the app was launched for it: more than once if the worker died first. */
  readonly tries: number;
}

/** `[session, key]` */
export type TaskKey = [session: string, key: string];

/** One entry of a form; `fileName` is present if it differs from the file's own name. */
export type FormPart = readonly [name: string, value: string | File, fileName?: string];

/** A stored body: bytes, or the parts of a form. */
export type BodyContent = Blob | readonly FormPart[];

export interface BodyRow {
  readonly session: string;
  readonly key: string;
  /** Empty if there is a form. */
  readonly body: Blob;
  /** The parts of a `FormData`: its files are never read into memory. */
  readonly form?: readonly FormPart[];
}

/** A part as it is read. */
export interface PartRow {
  readonly session: string;
  readonly fileId: string;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly bytes: Blob;
  /** Written by earlier versions. */
  readonly level?: number;
}

/** A part on disk. Short files are no Blobs there: the browser would make a file of its own for each of them. */
export interface StoredPart extends Omit<PartRow, "bytes"> {
  readonly bytes: Blob | ArrayBuffer;
}

/** The events that are stored until the app has handled them. */
export type DurableEvent =
  | "didFinishDownloading"
  | "didFinishCollectingMetrics"
  | "didComplete"
  | "completionHandler"
  | Question;

export interface OutboxRow {
  /** Order of commit; the database assigns it. */
  readonly seq?: number;
  readonly eventId: string;
  readonly session: string;
  readonly taskKey: string;
  readonly type: DurableEvent;
  /** How often a delegate threw when it got the event. */
  readonly refusals: number;
  readonly isParked?: true;
}

export interface Schema extends DBSchema {
  sessions: { key: string; value: SessionRow };
  tasks: {
    key: TaskKey;
    value: TaskRow;
    indexes: {
      "by-live": [string, number];
      "by-name": [string, string];
      "by-file": string;
      "by-finished": number;
      "by-settled": number;
      "by-notification-due": number;
      "by-queue": [string, string, number];
      /** One entry for each task that it waits for. */
      "by-dependency": [string, string];
      "by-hold": [string, string];
      /** One entry for each part of the history in which it is. */
      "by-history": HistoryPlace;
    };
  };
  bodies: { key: TaskKey; value: BodyRow };
  parts: { key: [session: string, fileId: string, offset: number]; value: StoredPart };
  outbox: {
    key: number;
    value: OutboxRow;
    indexes: { "by-session": [string, number]; "by-task": [string, string] };
  };
  launches: { key: string; value: LaunchRow };
  /** Facts about the scope, by name. */
  facts: { key: string; value: unknown };
}
