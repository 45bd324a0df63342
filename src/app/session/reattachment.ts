import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { Failure } from "../../protocol/session-error.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";
import { bytesOnDisk } from "../../store/bytes-on-disk.ts";
import { isSettled } from "../../store/history.ts";
import type { SessionRow, TaskRow } from "../../store/schema.ts";
import { openStoredSession, readSession } from "../../store/sessions.ts";
import { type LiveFacts, taskInfoOf } from "../../store/task-info-of.ts";
import { liveTasks, readTask } from "../../store/tasks.ts";
import { report } from "../report.ts";
import { TaskHandle } from "../tasks/task-handle.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import type { SessionContext } from "./session-context.ts";

export interface ReattachmentOptions {
  /** This is how a task stands. */
  readonly onInfo: (info: TaskInfo) => void;
  /** A task ended without a trace on disk. */
  readonly onFailure: (task: TaskHandle, failure: Failure) => void;
  /** A task has ended, and its events went to another realm. */
  readonly onGone: (task: TaskHandle) => void;
  /** The browser deleted the database: the session is on disk again, without tasks. */
  readonly onRestored: () => void;
  /** There may be events that no notice told of. */
  readonly onRefreshed: () => void;
}

/** Brings the handles up to date with the disk after notices were missed, or the disk was lost. */
export class Reattachment {
  readonly #context: SessionContext;
  readonly #tasks: TaskRegistry;
  readonly #options: ReattachmentOptions;
  /** The session as it was found, or last made. */
  #session: Pick<SessionRow, "incarnation" | "configuration"> | undefined;
  /** Settles when the session is on disk again after the database was deleted; what is made meanwhile waits. */
  recovered: Promise<void> = Promise.resolve();

  constructor(context: SessionContext, tasks: TaskRegistry, options: ReattachmentOptions) {
    this.#context = context;
    this.#tasks = tasks;
    this.#options = options;
  }

  found(session: SessionRow): void {
    this.#session = session;
  }

  /** Whether the session on disk is still the one that was opened; another one may have been made in its place. */
  async isStored(): Promise<boolean> {
    const { link, identifier } = this.#context;
    const kept = await readSession(link.database, identifier);
    return kept?.incarnation === this.#session?.incarnation;
  }

  /** The browser may have taken the database away. Reports what is lost with it, and starts clean. */
  recover(isWished: () => boolean): Promise<void> {
    this.recovered = this.recovered.then(() => (isWished() ? this.#recover() : undefined)).catch(report);
    return this.recovered;
  }

  async #recover(): Promise<void> {
    if (await this.isStored()) return this.refresh();
    const { link, identifier } = this.#context;
    const configuration = this.#session?.configuration as StoredConfiguration;
    this.#session = (await openStoredSession(link.database, identifier, configuration)).session;
    this.#options.onRestored();
    await this.refresh(DATA_LOST);
  }

  /** Reads how every task stands. */
  async refresh(lost: Failure = GONE): Promise<void> {
    const { link, identifier } = this.#context;
    const rows = await liveTasks(link.database, identifier);
    for (const row of rows) this.#applyRow(row);
    const stored = new Set(rows.map(({ key }) => key));
    for (const task of this.#tasks.unfinished())
      if (!stored.has(TaskHandle.modelOf(task).info.key)) this.#catchUp(task, lost).catch(report);
    this.#options.onRefreshed();
  }

  /** The daemon knows more of a running task than the row says, and tells it. */
  #applyRow(row: TaskRow): void {
    const known = this.#tasks.get(row.key);
    const before = known && TaskHandle.modelOf(known).info;
    const isSame = before?.state === "running" && row.state === "running";
    const info = taskInfoOf(row, isSame ? farther(before, row) : undefined);
    if (before === undefined || CHANGING.some((name) => info[name] !== before[name]))
      this.#options.onInfo(info);
    if (isSettled(row)) this.#tasks.drop(row.key);
  }

  /** A task that is not among the unfinished ones has ended, or is not stored yet. */
  async #catchUp(task: TaskHandle, lost: Failure): Promise<void> {
    const { link, identifier } = this.#context;
    const { stored, info } = TaskHandle.modelOf(task);
    const isStored = await stored.then(
      ({ inserted }) => inserted,
      () => false,
    );
    if (!isStored) return;
    const row = await readTask(link.database, identifier, info.key);
    if (row !== undefined) this.#applyRow(row);
    else if (lost === GONE) this.#options.onGone(task);
    else this.#options.onFailure(task, lost);
  }
}

export const GONE: Failure = {
  code: "file-missing",
  message: "The task's events were settled and its bytes deleted. Read `completed` before the task ends.",
};

const DATA_LOST: Failure = {
  code: "storage-lost",
  message: "The browser deleted this site's data, and with it the task. Make it again.",
};

/** What can change in a task while nobody listens. */
const CHANGING = [
  "state",
  "activity",
  "description",
  "priority",
  "attempts",
  "bytesReceived",
  "bytesSent",
] as const;

/** A row is as old as the last checkpoint. */
function farther(known: TaskInfo, row: TaskRow): LiveFacts {
  const { activity, bytesReceived, bytesSent } = known;
  return {
    activity,
    bytesReceived: Math.max(bytesReceived, bytesOnDisk(row)),
    bytesSent: Math.max(bytesSent, row.upload?.bytesAcknowledged ?? 0),
  };
}
