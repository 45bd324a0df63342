import { isPriority } from "../../protocol/checks.ts";
import type { ResumeData } from "../../protocol/resume-data.ts";
import type { SessionError } from "../../protocol/session-error.ts";
import {
  type TaskInfo,
  type TaskKind,
  type TransportInfo,
  UNKNOWN_LENGTH,
} from "../../protocol/task-info.ts";
import type { TaskActivity, TaskState } from "../../protocol/task-state.ts";
import type { BackgroundTask, RequestInfo, TaskProgress } from "../background-task.ts";
import type { ResumeResult, TaskModel } from "./task-model.ts";
import { copyOf, errorOf, responseOf, type TaskResult } from "./task-result.ts";

/** The object behind `BackgroundTask`: a view of a model. */
export class TaskHandle implements BackgroundTask {
  #model: TaskModel;
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
    const { url, method, headers } = this.#info.request;
    return Object.freeze({ url, method, headers: Object.freeze({ ...headers }) });
  }

  get currentRequest(): RequestInfo {
    const original = this.originalRequest;
    return Object.freeze({ ...original, url: this.#info.response?.url || original.url });
  }

  get response(): Response | undefined {
    const { response } = this.#info;
    return response && responseOf(response, null);
  }

  get error(): SessionError | undefined {
    return errorOf(this.#info);
  }

  get priority(): number {
    return this.#info.priority;
  }

  set priority(priority: number) {
    if (!isPriority(priority)) throw new TypeError("priority must be a number from 0 to 1.");
    this.#model.port.amend(this.#model, { priority });
  }

  get earliestBeginDate(): Date | undefined {
    return dateOf(this.#info.earliestBeginDate);
  }

  get createdAt(): Date {
    return new Date(this.#info.createdAt);
  }

  get finishedAt(): Date | undefined {
    return dateOf(this.#info.finishedAt);
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
    const { bytesPerSecond } = this.#info;
    const [done, known, guess = UNKNOWN_LENGTH] = this.#counts();
    // What succeeded is whole, even if nobody said how long it would be; the length of what failed is not known.
    const { isFinished } = this.#model;
    const whole = isFinished && this.error === undefined ? done : UNKNOWN_LENGTH;
    const expected = known < 0 ? (isFinished ? whole : guess) : known;
    if (expected < 0) return { fraction: undefined, bytesPerSecond, secondsLeft: undefined };
    const fraction = expected === 0 ? 1 : Math.min(1, done / expected);
    const bytesLeft = Math.max(0, expected - done);
    return { fraction, bytesPerSecond, secondsLeft: bytesPerSecond ? bytesLeft / bytesPerSecond : undefined };
  }

  #counts(): [done: number, expected: number, guess?: number | undefined] {
    const { kind, bytesReceived, bytesExpectedToReceive, clientExpectsToReceive } = this.#info;
    const { bytesSent, bytesExpectedToSend, clientExpectsToSend, uploadProtocol } = this.#info;
    if (kind !== "upload") return [bytesReceived, bytesExpectedToReceive, clientExpectsToReceive];
    // The platform does not tell how far one request is.
    const isUnknown = uploadProtocol === undefined && this.state === "running";
    return isUnknown ? [0, UNKNOWN_LENGTH] : [bytesSent, bytesExpectedToSend, clientExpectsToSend];
  }

  get transport(): TransportInfo | undefined {
    return this.#info.transport;
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

function dateOf(timeMs: number | undefined): Date | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs);
}

/** A promise that nobody waits for must not become an unhandled rejection. */
function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
