import type { TaskAction, TaskAmendment } from "../../protocol/commands.ts";
import type { Failure } from "../../protocol/session-error.ts";
import { isFinished } from "../../protocol/task-state.ts";
import { tasksToAdopt, tasksToFollow } from "../../store/queues.ts";
import type { TaskRow } from "../../store/schema.ts";
import { changed, ended, transition } from "../../store/tasks.ts";
import { released } from "../decisions/after-outcome.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { Admission } from "./admission.ts";
import type { LiveRows } from "./live-rows.ts";
import type { Runs } from "./runs.ts";
import type { UploadRemovals } from "./upload-removals.ts";

export interface TaskCommandsOptions {
  readonly host: Pick<DaemonHost, "database" | "now">;
  readonly rows: LiveRows;
  readonly admission: Admission;
  readonly runs: Runs;
  readonly removals: UploadRemovals;
  readonly tell: (row: TaskRow) => void;
}

/** Carries out what pages want of tasks. */
export class TaskCommands {
  readonly #options: TaskCommandsOptions;

  constructor(options: TaskCommandsOptions) {
    this.#options = options;
  }

  /** Takes up rows that a page has inserted or replaced. */
  async adopt(session: string, keys: readonly string[]): Promise<void> {
    const { runs, removals } = this.#options;
    for (const row of await this.#admit(session, keys)) {
      if (!isFinished(row.state)) continue;
      runs.stopRun(session, row.key);
      removals.start(row);
    }
  }

  /** Takes up rows, and with them what is before them in their queues. */
  #admit(session: string, keys: readonly string[]): Promise<readonly TaskRow[]> {
    const { host, admission, rows } = this.#options;
    const isKnown = (key: string): boolean => rows.byKey.has(key);
    return admission.admit(() => tasksToAdopt(host.database, session, keys, isKnown));
  }

  /** Tells how the tasks of a session stand, and takes up those whose insertion was never announced. */
  async catchUp(session: string): Promise<void> {
    const { host, admission, rows, tell } = this.#options;
    await admission.admit(async () => {
      const stored = await tasksToFollow(host.database, session);
      for (const row of stored) if (rows.byKey.has(row.key)) tell(row);
      rows.released(session, stored);
      return stored.filter((row) => !rows.byKey.has(row.key));
    });
  }

  /** Stores what the app wants of a task, then stops its run if need be. */
  async control(session: string, key: string, action: TaskAction, reason?: string): Promise<void> {
    if (action === "cancel-resumably") return this.#cancelResumably(session, key, reason);
    const { host, rows, runs } = this.#options;
    await this.#meet(session, key);
    await rows.change(session, key, (row) => {
      const next = transition(action === "resume" ? released(row) : row, action, host.now());
      return next.state === "canceling" ? ended(runs.measured(next), cancelled(reason), host.now()) : next;
    });
    if (action !== "resume") runs.stopRun(session, key);
  }

  async cancelGroup(session: string, group: string): Promise<void> {
    const own = this.#options.rows.all.filter((row) => row.session === session && row.group === group);
    await Promise.all(own.map(({ key }) => this.control(session, key, "cancel", BY_NOTIFICATION)));
  }

  async amend(session: string, key: string, amendment: TaskAmendment): Promise<void> {
    await this.#meet(session, key);
    await this.#options.rows.change(session, key, (row) => {
      const { priority = row.priority } = amendment;
      const { description } = "description" in amendment ? amendment : row;
      return changed(row, { priority, description });
    });
  }

  /** A command may come before its task was announced. */
  async #meet(session: string, key: string): Promise<void> {
    if (!this.#options.rows.byKey.has(key)) await this.#admit(session, [key]);
  }

  /** Waits for the checkpoint of the run. If the worker stops meanwhile, the task is suspended until the page asks again. */
  async #cancelResumably(session: string, key: string, reason: string | undefined): Promise<void> {
    const { host, rows, runs } = this.#options;
    await this.control(session, key, "suspend");
    await runs.of(session, key)?.over;
    await rows.change(session, key, (row) => cancelledResumably(row, reason, host.now()));
  }
}

/** @param rest what else is to be said */
function cancelled(reason: string | undefined, rest = "."): Failure {
  const why = reason === undefined ? "" : `: ${reason}`;
  // A reason may be a sentence.
  const end = /[.!?]$/.test(why) && rest === "." ? "" : rest;
  return { code: "cancelled", message: `The task was cancelled${why}${end}` };
}

function cancelledResumably(row: TaskRow, reason: string | undefined, now: number): TaskRow {
  if (isFinished(row.state)) return row;
  const failure = cancelled(reason, "; its bytes are kept, and its resume data goes on from there.");
  return changed(ended(transition(row, "cancel", now), failure, now), { isResumable: true });
}

const BY_NOTIFICATION = "the user cancelled its group in the notification";
