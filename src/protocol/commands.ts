import { type CarriedTask, FETCH_PREFIX, TRANSPORT_REASONS } from "./background-fetch.ts";
import { isIdentifier, isPriority, isRecord, isShortString } from "./checks.ts";
import { APPS_ANSWER, type AppsAnswer } from "./questions.ts";
import { fits, oneOf, optional, type Shape } from "./shape.ts";
import type { VersionRange } from "./versions.ts";

/** What a page asks the daemon to do. Every command may be sent twice: the second one changes nothing. */
export type Command =
  /** Asks for a `Greeting`. */
  | { readonly type: "hello"; readonly versions: VersionRange; readonly session?: string }
  /** These rows were inserted or replaced by a page. */
  | { readonly type: "inserted"; readonly session: string; readonly keys: readonly string[] }
  /** The delegate has answered the question that the event `eventId` asked. */
  | {
      readonly type: "answer";
      readonly session: string;
      readonly key: string;
      readonly eventId: string;
      readonly answer: AppsAnswer;
    }
  /** `reason`: why the task is cancelled, in the app's words. */
  | {
      readonly type: "control";
      readonly session: string;
      readonly key: string;
      readonly action: TaskAction;
      readonly reason?: string | undefined;
    }
  /** Changes what of a task may be changed; its name is from when that was the priority only. */
  | ({ readonly type: "prioritize"; readonly session: string; readonly key: string } & TaskAmendment)
  | { readonly type: "configured"; readonly session: string }
  | { readonly type: "delete-session"; readonly session: string }
  /** The browser fetches these tasks, or the rest of them, with the registration `id`. */
  | { readonly type: "fetch-started"; readonly id: string; readonly tasks: readonly CarriedTask[] }
  /** The state of a page. Answers the daemon's question and wakes it. */
  | ({ readonly type: "presence" } & PagePresence);

/** A description that is there and undefined takes the task's away. */
export interface TaskAmendment {
  readonly priority?: number;
  readonly description?: string | undefined;
}

export interface PagePresence {
  readonly isVisible: boolean;
  readonly hasNetworkReturned: boolean;
  /** It is being closed, or enters the back/forward cache. */
  readonly isLeaving: boolean;
  /** The sessions that it owns. */
  readonly owns: readonly string[];
  /** The device runs on its battery, as far as the page is told. */
  readonly isOnBattery?: boolean | undefined;
  /** The name of the page in a broadcast, which does not identify its sender. */
  readonly page?: string;
}

/** `cancel-resumably` keeps the bytes of the task, so that it can be resumed. */
const TASK_ACTIONS = ["resume", "suspend", "cancel", "cancel-resumably"] as const;

export type TaskAction = (typeof TASK_ACTIONS)[number];

/** A command as a message: the mark distinguishes it from the app's messages. */
export interface CommandMessage {
  readonly backgroundSession: "command";
  readonly command: Command;
}

/**
 * A command that is broadcast to the active daemon: if there is no service worker to send it to, or if the page is leaving
 * and a message may be lost.
 */
export interface BroadcastCommand extends CommandMessage {
  /** The page that sends it. */
  readonly page: string;
  /** Names the channel for the answer; absent if nobody waits for one. */
  readonly replyTo?: string;
}

/** The daemon's answer on the port that came with a command, or on the channel that the command names. */
export type Answer<Value = unknown> =
  | { readonly isOk: true; readonly value: Value }
  | { readonly isOk: false; readonly code: string; readonly message: string };

/** An id has up to fifty tasks in it. */
const MAX_FETCH_ID_LENGTH = 128 * 1024;

function isFetchId(value: unknown): boolean {
  return typeof value === "string" && value.startsWith(FETCH_PREFIX) && value.length <= MAX_FETCH_ID_LENGTH;
}

/** The bound is checked before anything is read. */
function isListOf(value: unknown, maxLength: number, shape: Shape): boolean {
  return Array.isArray(value) && value.length <= maxLength && fits(value, [shape]);
}

const CARRIED_TASK: Shape = {
  session: isIdentifier,
  key: isShortString,
  start: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  fileId: optional(isShortString),
  reason: oneOf(...TRANSPORT_REASONS),
};

export function areCarriedTasks(value: unknown): value is readonly CarriedTask[] {
  return isListOf(value, 10_000, CARRIED_TASK) && (value as readonly unknown[]).length > 0;
}

const FIELDS: Record<Command["type"], Shape> = {
  hello: {
    versions: { min: Number.isInteger, max: Number.isInteger },
    session: optional(isIdentifier),
  },
  inserted: { session: isIdentifier, keys: (keys) => isListOf(keys, 100_000, isShortString) },
  answer: { session: isIdentifier, key: isShortString, eventId: isShortString, answer: APPS_ANSWER },
  control: {
    session: isIdentifier,
    key: isShortString,
    action: oneOf(...TASK_ACTIONS),
    reason: optional(isShortString),
  },
  prioritize: {
    session: isIdentifier,
    key: isShortString,
    priority: optional(isPriority),
    description: optional(""),
  },
  configured: { session: isIdentifier },
  "delete-session": { session: isIdentifier },
  "fetch-started": { id: isFetchId, tasks: areCarriedTasks },
  presence: {
    isVisible: true,
    hasNetworkReturned: true,
    isLeaving: true,
    isOnBattery: optional(true),
    page: optional(isShortString),
    owns: (owns) => isListOf(owns, 1_000, isIdentifier),
  },
};

/** Whether a message is meant for the daemon; the app's own messages are not. */
export function isCommandMessage(data: unknown): data is { readonly command: unknown } {
  return isRecord(data) && data.backgroundSession === "command";
}

/** Returns the command, or what is wrong with it. */
export function parseCommand(value: unknown): Command | string {
  if (!isRecord(value)) return "a command must be an object";
  const type = value.type;
  if (typeof type !== "string") return "a command must have a type";
  if (!Object.hasOwn(FIELDS, type)) return `unknown command "${type}"`;
  if (!fits(value, FIELDS[type as Command["type"]])) return `malformed fields in command "${type}"`;
  return value as unknown as Command;
}
