import { isPriority } from "../../protocol/checks.ts";
import type { ResumeData } from "../../protocol/resume-data.ts";
import type { SessionError } from "../../protocol/session-error.ts";
import type { TaskInfo, TaskKind, TransportInfo } from "../../protocol/task-info.ts";
import type { TaskActivity, TaskState } from "../../protocol/task-state.ts";
import type { BackgroundTask, RequestInfo, TaskProgress, TaskSnapshot } from "../background-task.ts";
import type { ResumeResult, TaskModel } from "./task-model.ts";
import { copyOf, responseOf, type TaskResult } from "./task-result.ts";
import { taskSnapshot } from "./task-snapshot.ts";

/** The object behind `BackgroundTask`: a view of a model. */
export class TaskHandle implements BackgroundTask {
  #model: TaskModel;
  #shown: TaskSnapshot | undefined;
  /** What `#shown` was made of. */
  #shownInfo: TaskInfo | undefined;
  /** The id was taken: this handle shows a task that it did not make. */
  #isMirror = false;

  constructor(model: TaskModel) {
    this.#model = model;
  }

  /** Shows the stored task instead. */
  static mirror(task: TaskHandle, model: TaskModel): void {
    task.#model.follow(model);
    task.#model = model;
    task.#isMirror = true;
  }

  static modelOf(task: TaskHandle): TaskModel {
    return task.#model;
  }

  get #info(): TaskInfo {
    return this.#model.info;
  }

  get [Symbol.toStringTag](): string {
    return "BackgroundTask";
  }

  get info(): TaskSnapshot {
    const info = this.#info;
    const before = this.#shownInfo;
    this.#shownInfo = info;
    // The daemon may tell the same again.
    if (info !== before && JSON.stringify(info) !== JSON.stringify(before)) this.#shown = undefined;
    this.#shown ??= taskSnapshot(this, info);
    return this.#shown;
  }

  get id(): string {
    return this.#info.id;
  }

  get kind(): TaskKind {
    return this.#info.kind;
  }

  get description(): string | undefined {
    return this.#info.description;
  }

  set description(description: string | undefined) {
    if (description !== undefined && typeof description !== "string")
      throw new TypeError("description must be a string or undefined.");
    this.#model.port.amend(this.#model, { description });
  }

  get group(): string | undefined {
    return this.#info.group;
  }

  get queue(): string | undefined {
    return this.#info.queue;
  }

  get state(): TaskState {
    return this.#info.state;
  }

  get activity(): TaskActivity {
    return this.#info.activity;
  }

  get originalRequest(): RequestInfo {
    return this.info.originalRequest;
  }

  get currentRequest(): RequestInfo {
    return this.info.currentRequest;
  }

  get response(): Response | undefined {
    const { response } = this.#info;
    return response && responseOf(response, null);
  }

  get error(): SessionError | undefined {
    return this.info.error;
  }

  get priority(): number {
    return this.#info.priority;
  }

  set priority(priority: number) {
    if (!isPriority(priority)) throw new TypeError("priority must be a number from 0 to 1.");
    this.#model.port.amend(this.#model, { priority });
  }

  get earliestBeginDate(): Date | undefined {
    return this.info.earliestBeginDate;
  }

  get createdAt(): Date {
    return this.info.createdAt;
  }

  get finishedAt(): Date | undefined {
    return this.info.finishedAt;
  }

  get countOfBytesReceived(): number {
    return this.#info.bytesReceived;
  }

  get countOfBytesExpectedToReceive(): number {
    return this.#info.bytesExpectedToReceive;
  }

  get countOfBytesSent(): number {
    return this.#info.bytesSent;
  }

  get countOfBytesExpectedToSend(): number {
    return this.#info.bytesExpectedToSend;
  }

  get countOfBytesClientExpectsToSend(): number | undefined {
    return this.#info.clientExpectsToSend;
  }

  get countOfBytesClientExpectsToReceive(): number | undefined {
    return this.#info.clientExpectsToReceive;
  }

  get progress(): TaskProgress {
    return this.info.progress;
  }

  get transport(): TransportInfo | undefined {
    return this.#info.transport;
  }

  get nextAttemptDate(): Date | undefined {
    return this.info.nextAttemptDate;
  }

  get attempts(): number {
    return this.#info.attempts;
  }

  get completed(): Promise<TaskResult> {
    return this.#model.completed.then(copyOf);
  }

  resume(): Promise<ResumeResult> {
    const resumed = this.#model.resume();
    return quiet(this.#isMirror ? resumed.then(() => ({ inserted: false })) : resumed);
  }

  suspend(): Promise<void> {
    return quiet(this.#model.suspend());
  }

  cancel(reason?: string): Promise<void> {
    return quiet(this.#model.cancel(reason));
  }

  cancelByProducingResumeData(reason?: string): Promise<ResumeData | undefined> {
    return quiet(this.#model.cancelResumably(reason));
  }
}

/** A promise that nobody waits for must not become an unhandled rejection. */
function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
