import { isPriority } from "../../protocol/checks.ts";
import type { ResumeData } from "../../protocol/resume-data.ts";
import type { SessionError } from "../../protocol/session-error.ts";
import { type TaskKind, type TransportInfo, UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import type { TaskActivity, TaskState } from "../../protocol/task-state.ts";
import type { ResumeResult, TaskModel } from "./task-model.ts";
import { copyOf, errorOf, responseOf, type TaskResult } from "./task-result.ts";

/** The head of a request, frozen. */
export interface RequestInfo {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How far a task is. Each figure is undefined while it is not known. */
export interface TaskProgress {
  /** 0 to 1. */
  readonly fraction: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
}

/**
 * The handle of a task: what is known of it in this realm, and the way to control it. The task itself is on disk
 * and with the daemon; letting go of the handle changes nothing. Made by the session; once that is over, what is asked of
 * the task rejects with `session-invalidated`.
 *
 * @example
 * const task = session.downloadTask("/episodes/42.mp3", { description: "Episode 42" });
 * await task.resume();          // on disk from here on, whatever becomes of the page
 * const { file, error } = await task.completed;
 */
export class BackgroundTask {
  #model: TaskModel;
  /** The id was taken: this handle shows a task that it did not make. */
  #isMirror = false;

  /** @internal */
  constructor(model: TaskModel) {
    this.#model = model;
  }

  /** @internal The stored task that this handle mirrors, after all. */
  static mirror(task: BackgroundTask, model: TaskModel): void {
    task.#model.follow(model);
    task.#model = model;
    task.#isMirror = true;
  }

  /** @internal */
  static modelOf(task: BackgroundTask): TaskModel {
    return task.#model;
  }

  /** Unique in its session while the task or its events are kept. */
  get id(): string {
    return this.#model.info.id;
  }

  get kind(): TaskKind {
    return this.#model.info.kind;
  }

  /** What the app said when it made the task; free text that survives everything. */
  get description(): string | undefined {
    return this.#model.info.description;
  }

  /** `suspended`, `running`, `canceling` or `completed`. */
  get state(): TaskState {
    return this.#model.info.state;
  }

  /** What a running task does at the moment, or waits for. */
  get activity(): TaskActivity {
    return this.#model.info.activity;
  }

  get originalRequest(): RequestInfo {
    const { url, method, headers } = this.#model.info.request;
    return Object.freeze({ url, method, headers: Object.freeze({ ...headers }) });
  }

  /** The same, after redirects. */
  get currentRequest(): RequestInfo {
    const original = this.originalRequest;
    return Object.freeze({ ...original, url: this.#model.info.response?.url || original.url });
  }

  /** The head of the answer, without its body; undefined until there is one. */
  get response(): Response | undefined {
    const { response } = this.#model.info;
    return response && responseOf(response, null);
  }

  get error(): SessionError | undefined {
    return errorOf(this.#model.info);
  }

  /** 0 to 1; the higher goes first. */
  get priority(): number {
    return this.#model.info.priority;
  }

  set priority(priority: number) {
    if (!isPriority(priority)) throw new TypeError("priority must be a number from 0 to 1.");
    this.#model.port.prioritize(this.#model, priority);
  }

  get earliestBeginDate(): Date | undefined {
    const { earliestBeginDate } = this.#model.info;
    return earliestBeginDate === undefined ? undefined : new Date(earliestBeginDate);
  }

  /** Bytes of the body received so far. */
  get countOfBytesReceived(): number {
    return this.#model.info.bytesReceived;
  }

  /** −1 while unknown. */
  get countOfBytesExpectedToReceive(): number {
    return this.#model.info.bytesExpectedToReceive;
  }

  /** Bytes of an upload's body that the server has acknowledged. */
  get countOfBytesSent(): number {
    return this.#model.info.bytesSent;
  }

  /** −1 while unknown. */
  get countOfBytesExpectedToSend(): number {
    return this.#model.info.bytesExpectedToSend;
  }

  /** Of an upload: what the server has acknowledged, which for one request is nothing or all. */
  get progress(): TaskProgress {
    const { bytesPerSecond } = this.#model.info;
    const [done, expected] = this.#counts();
    if (expected < 0) return { fraction: undefined, bytesPerSecond, secondsLeft: undefined };
    const fraction = expected === 0 ? 1 : Math.min(1, done / expected);
    const bytesLeft = Math.max(0, expected - done);
    return { fraction, bytesPerSecond, secondsLeft: bytesPerSecond ? bytesLeft / bytesPerSecond : undefined };
  }

  #counts(): [done: number, expected: number] {
    const { kind, bytesReceived, bytesExpectedToReceive, bytesSent, bytesExpectedToSend, uploadProtocol } =
      this.#model.info;
    if (kind !== "upload") return [bytesReceived, bytesExpectedToReceive];
    // Nobody is told how one request goes out.
    const isUnknown = uploadProtocol === undefined && this.state === "running";
    return isUnknown ? [0, UNKNOWN_LENGTH] : [bytesSent, bytesExpectedToSend];
  }

  /**
   * How the bytes are moved, `"worker"` or `"background-fetch"`, and why that way (docs/transports.md has each
   * reason); undefined before the daemon has seen the task, and when it has finished.
   */
  get transport(): TransportInfo | undefined {
    return this.#model.info.transport;
  }

  /** How often the request was begun. */
  get attempts(): number {
    return this.#model.info.attempts;
  }

  /** What became of the task; never rejects. Ask for it before the task ends if you want the file from it. */
  get completed(): Promise<TaskResult> {
    return this.#model.completed.then(copyOf);
  }

  /**
   * Starts the task, or takes back one `suspend()`; one that needs authorization tries again. Fulfils once that is on disk; nobody has to wait for it.
   * @throws SessionError `storage-full` and the like, as a rejection, when the task could not be stored
   */
  resume(): Promise<ResumeResult> {
    const resumed = this.#model.resume();
    return quiet(this.#isMirror ? resumed.then(() => ({ inserted: false })) : resumed);
  }

  /** Pauses the task: it sends nothing and its timers rest. Nests with `resume()`. Fulfils once that is on disk. */
  suspend(): Promise<void> {
    return quiet(this.#model.suspend());
  }

  /** Ends the task with `cancelled`, in whatever state it is; one that had finished stays finished. */
  cancel(): Promise<void> {
    return quiet(this.#model.cancel());
  }

  /**
   * Cancels, and fulfils with a token from which `downloadTask({ resumeData })` or `uploadTask({ resumeData })` goes
   * on, where that is possible: for an upload always, for a download when bytes of it are on disk and the server has
   * given them a validator. What it stands for is kept for the session's retention time, and can be taken up once.
   */
  cancelByProducingResumeData(): Promise<ResumeData | undefined> {
    return quiet(this.#model.cancelResumably());
  }
}

/** A promise that nobody waits for must not become an unhandled rejection. */
function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
