import type { TaskAction, TaskAmendment } from "../../protocol/commands.ts";
import type { ResumeData } from "../../protocol/resume-data.ts";
import { type Failure, SessionError } from "../../protocol/session-error.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";
import { isFinished, nextState, type TaskEvent } from "../../protocol/task-state.ts";
import type { TaskResult } from "./task-result.ts";

/** The value that `resume()` fulfils with. */
export interface ResumeResult {
  /** False if the id was taken and the stored task was kept: the handle shows the stored task. */
  readonly inserted: boolean;
}

/** What a task may ask of its session. */
export interface TaskPort {
  /** @throws SessionError when the session is over */
  check(): void;
  /** What is known of a task has changed, or which tasks there are. */
  changed?(): void;
  /** The page was away, so that what it knows may be old: a wish is recorded even if it seems to be met. */
  readonly isStale?: boolean;
  /** @param reason why it is cancelled */
  control(model: TaskModel, action: TaskAction, reason: string | undefined): Promise<void>;
  /** Reads what a task that has ended can be gone on from. */
  resumeData(model: TaskModel): Promise<ResumeData | undefined>;
  amend(model: TaskModel, amendment: TaskAmendment): void;
  result(model: TaskModel): Promise<TaskResult>;
}

const MAX_REASON_LENGTH = 1_024;

type Wish = Exclude<TaskEvent, "finish">;

/** One task as this realm knows it. A handle is a view of it, and several handles may share one. */
export class TaskModel {
  readonly port: TaskPort;
  #info: TaskInfo;
  /** Fulfils when the task is on disk. */
  stored: Promise<ResumeResult>;
  /** How many `resume()` it takes to run. They nest within a realm (T6). */
  suspensions: number;
  /** Wishes in flight. Until they are recorded, the daemon's notices describe the time before. */
  #wishes = 0;
  #lastWish: Promise<void> = Promise.resolve();
  /** The stored task of the same id, which was kept instead. */
  #kept: TaskModel | undefined;
  #finish: () => void = () => {};
  /** Fulfils when this realm will hear no more of the task. */
  readonly finished: Promise<void>;
  #result: Promise<TaskResult> | undefined;
  /** Set if the task ended without the daemon: there is nothing to read on disk. */
  #localResult: TaskResult | undefined;

  constructor(port: TaskPort, info: TaskInfo, stored: Promise<ResumeResult>) {
    this.port = port;
    this.#info = info;
    this.stored = stored;
    this.suspensions = info.state === "suspended" ? 1 : 0;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    // Nobody has to wait for it: an error shows in `completed` too.
    stored.catch(() => {});
    if (this.isFinished) this.#finish();
  }

  get info(): TaskInfo {
    return this.#info;
  }

  set info(info: TaskInfo) {
    this.#info = info;
    this.port.changed?.();
  }

  get isFinished(): boolean {
    return isFinished(this.info.state);
  }

  /** The daemon said how the task is. */
  update(info: TaskInfo): void {
    // A finished task changes only if its bytes turn out to be lost.
    if (this.isFinished && info.failure === undefined) return;
    // A notice that agrees with the wish is the answer to it; offline there may be no other for long.
    const isOutdated = this.#wishes > 0 && !isFinished(info.state) && info.state !== this.info.state;
    this.info = isOutdated ? { ...info, state: this.info.state, activity: this.info.activity } : info;
    if (!isOutdated) this.suspensions = info.state === "suspended" ? Math.max(1, this.suspensions) : 0;
    if (this.isFinished) this.#finish();
  }

  /** The stored task is another one: from now on its end is this one's. */
  follow(kept: TaskModel): void {
    this.#kept = kept;
    void kept.finished.then(() => this.#finish());
  }

  /** This realm will hear no more of the task, which itself continues. */
  abandon(error: SessionError): void {
    if (this.isFinished) return;
    this.#localResult = { error };
    this.#finish();
  }

  /** The task ended without the daemon: it could not be stored, or its row is gone. */
  fail({ code, message }: Failure): void {
    if (this.isFinished) return;
    this.abandon(new SessionError(code, message, { identifier: this.info.session, taskId: this.info.id }));
    this.info = { ...this.info, state: "completed", activity: "none", failure: { code, message } };
  }

  /** The result. If it was asked for, it is read as soon as the task has finished: the bytes do not stay for long. */
  get completed(): Promise<TaskResult> {
    this.#result ??= this.finished.then(
      () => this.#kept?.completed ?? this.#localResult ?? this.port.result(this),
    );
    return this.#result;
  }

  // All of them are asynchronous: a session that is over refuses with a rejection.
  async suspend(): Promise<void> {
    this.port.check();
    this.suspensions += 1;
    // One that was never resumed is suspended already, but perhaps not on disk yet.
    if (this.suspensions === 1 || this.port.isStale) await this.#wish("suspend");
    else await this.stored;
  }

  async resume(): Promise<ResumeResult> {
    this.port.check();
    this.suspensions = Math.max(0, this.suspensions - 1);
    if (this.suspensions === 0) await this.#wish("resume");
    return this.stored;
  }

  async cancel(reason?: string): Promise<void> {
    this.port.check();
    await this.#wish("cancel", "cancel", checkedReason(reason));
  }

  async cancelResumably(reason?: string): Promise<ResumeData | undefined> {
    this.port.check();
    await this.#wish("cancel", "cancel-resumably", checkedReason(reason));
    return this.port.resumeData(this);
  }

  /** Shows the wish at once and has it recorded. If it cannot be recorded, the old state is shown again. */
  #wish(event: Wish, action: TaskAction = event, reason?: string): Promise<void> {
    const before = this.info;
    const state = nextState(before.state, event);
    const isRelease = event === "resume" && before.activity === "needs-authorization";
    if (state === before.state && !isRelease && !this.port.isStale) return this.#lastWish;
    this.info = { ...before, state, activity: state === "running" ? "waiting-for-daemon" : "none" };
    this.#lastWish = this.#record(action, reason, before);
    this.#lastWish.catch(() => {});
    return this.#lastWish;
  }

  async #record(action: TaskAction, reason: string | undefined, before: TaskInfo): Promise<void> {
    const wished = this.info.state;
    this.#wishes += 1;
    try {
      await this.port.control(this, action, reason);
    } catch (error) {
      if (this.info.state === wished) {
        this.info = { ...this.info, state: before.state, activity: before.activity };
        this.suspensions = before.state === "suspended" ? 1 : 0;
        this.#lastWish = Promise.resolve();
      }
      throw error;
    } finally {
      this.#wishes -= 1;
    }
  }
}

/** Returns the reason as it is stored; undefined if none is given. */
function checkedReason(reason: unknown): string | undefined {
  if (reason !== undefined && typeof reason !== "string")
    throw new TypeError("The reason of a cancellation must be a string.");
  return reason?.slice(0, MAX_REASON_LENGTH) || undefined;
}
