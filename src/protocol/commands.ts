import { type CarriedTask, FETCH_PREFIX, TRANSPORT_REASONS } from "./background-fetch.ts";
import { isRecord, isShortString } from "./checks.ts";
import type { VersionRange } from "./versions.ts";

/** What a page asks of the daemon. Every command may be sent twice: the second one changes nothing. */
export type Command =
  /** Which versions do you speak, and is it you? */
  | { readonly type: "hello"; readonly versions: VersionRange; readonly session?: string }
  /** These rows were inserted or replaced by a page. */
  | { readonly type: "inserted"; readonly session: string; readonly keys: readonly string[] }
  | { readonly type: "control"; readonly session: string; readonly key: string; readonly action: TaskAction }
  | { readonly type: "prioritize"; readonly session: string; readonly key: string; readonly priority: number }
  | { readonly type: "configured"; readonly session: string }
  | { readonly type: "delete-session"; readonly session: string }
  /** The browser fetches these tasks, or the rest of them, with the registration `id`. */
  | { readonly type: "fetch-started"; readonly id: string; readonly tasks: readonly CarriedTask[] }
  /** A page is there, and this is how. Answers the daemon's question and wakes it. */
  | ({ readonly type: "presence" } & PagePresence);

export interface PagePresence {
  readonly isVisible: boolean;
  readonly hasNetworkReturned: boolean;
  /** It is being closed, or goes into the back/forward cache. */
  readonly isLeaving: boolean;
  /** The sessions that it owns. */
  readonly owns: readonly string[];
  /** How the page calls itself where nobody sees who it is: in what it broadcasts. */
  readonly page?: string;
}

/** `cancel-resumably`: what there is of the task is kept, and can be gone on from. */
const TASK_ACTIONS = ["resume", "suspend", "cancel", "cancel-resumably"] as const;

export type TaskAction = (typeof TASK_ACTIONS)[number];

/** What travels: the mark keeps our messages apart from those of the app. */
export interface CommandMessage {
  readonly backgroundSession: "command";
  readonly command: Command;
}

/**
 * The same, broadcast to whichever daemon is in charge: if there is no service worker to send it to, or the page leaves
 * and what it sends may be lost.
 */
export interface BroadcastCommand extends CommandMessage {
  /** The page that says it. */
  readonly page: string;
  /** Names the channel for the answer; absent where nobody waits for one. */
  readonly replyTo?: string;
}

/** The daemon's answer on the port that came with a command, or on the channel that the command names. */
export type Answer<Value = unknown> =
  | { readonly isOk: true; readonly value: Value }
  | { readonly isOk: false; readonly code: string; readonly message: string };

/** It has up to fifty tasks in it. */
const MAX_FETCH_ID_LENGTH = 128 * 1024;

const CHECKS: Record<Command["type"], (fields: Record<string, unknown>) => boolean> = {
  hello: ({ versions, session }) =>
    isRecord(versions) &&
    Number.isInteger(versions.min) &&
    Number.isInteger(versions.max) &&
    (session === undefined || isIdentifier(session)),
  inserted: ({ session, keys }) =>
    isIdentifier(session) && Array.isArray(keys) && keys.length <= 100_000 && [...keys].every(isShortString),
  control: ({ session, key, action }) =>
    isIdentifier(session) && isShortString(key) && TASK_ACTIONS.some((known) => known === action),
  prioritize: ({ session, key, priority }) =>
    isIdentifier(session) && isShortString(key) && isPriority(priority),
  configured: ({ session }) => isIdentifier(session),
  "delete-session": ({ session }) => isIdentifier(session),
  "fetch-started": ({ id, tasks }) =>
    typeof id === "string" &&
    id.startsWith(FETCH_PREFIX) &&
    id.length <= MAX_FETCH_ID_LENGTH &&
    areCarriedTasks(tasks),
  presence: ({ isVisible, hasNetworkReturned, isLeaving, owns, page }) =>
    [isVisible, hasNetworkReturned, isLeaving].every((value) => typeof value === "boolean") &&
    (page === undefined || isShortString(page)) &&
    Array.isArray(owns) &&
    owns.length <= 1_000 &&
    [...owns].every(isIdentifier),
};

export function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 256;
}

export function areCarriedTasks(value: unknown): value is readonly CarriedTask[] {
  return (
    Array.isArray(value) && value.length > 0 && value.length <= 10_000 && [...value].every(isCarriedTask)
  );
}

function isCarriedTask(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { session, key, start, fileId, reason } = value;
  return (
    isIdentifier(session) &&
    isShortString(key) &&
    Number.isSafeInteger(start) &&
    Number(start) >= 0 &&
    (fileId === undefined || isShortString(fileId)) &&
    TRANSPORT_REASONS.some((known) => known === reason)
  );
}

export function isPriority(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

/** Says whether a message is meant for the daemon at all; an app's own messages are not. */
export function isCommandMessage(data: unknown): data is { readonly command: unknown } {
  return isRecord(data) && data.backgroundSession === "command";
}

/** Returns the command, or what is wrong with it. */
export function parseCommand(value: unknown): Command | string {
  if (!isRecord(value)) return "a command must be an object";
  const type = value.type;
  if (typeof type !== "string") return "a command must have a type";
  if (!Object.hasOwn(CHECKS, type)) return `unknown command "${type}"`;
  if (!CHECKS[type as Command["type"]](value)) return `malformed fields in command "${type}"`;
  return value as unknown as Command;
}
