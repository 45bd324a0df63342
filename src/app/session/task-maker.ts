import type { RequestRecord } from "../../protocol/request-record.ts";
import type { SecretPolicy } from "../../protocol/secret-headers.ts";
import type { TaskInfo, TaskKind } from "../../protocol/task-info.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { Predecessor } from "../../store/successor.ts";
import { changed } from "../../store/tasks.ts";
import type { ResumeRequest } from "../background-session.ts";
import type { BackgroundTask } from "../background-task.ts";
import {
  type RequestSnapshot,
  snapshotForRest,
  snapshotRequest,
  snapshotUpload,
} from "../requests/request-snapshot.ts";
import type { StorableBody } from "../requests/stored-body.ts";
import type { TaskRequest } from "../requests/task-request.ts";
import { type CheckedOptions, checkedOptions, UPLOAD_NAMES } from "../tasks/checked-options.ts";
import { newTaskRow } from "../tasks/new-task.ts";
import { TaskHandle } from "../tasks/task-handle.ts";
import type { DownloadOptions, TaskOptions, UploadOptions } from "../tasks/task-options.ts";
import { eitherOf } from "./abortable.ts";
import { finishedInfo } from "./finished-task.ts";
import { checkedResumeData } from "./resume-request.ts";
import type { SessionCore } from "./session-core.ts";

/** Makes tasks of what the caller hands over: new ones, and such as continue others. */
export class TaskMaker {
  readonly #core: SessionCore;

  constructor(core: SessionCore) {
    this.#core = core;
  }

  make(kind: TaskKind, request: TaskRequest, options: DownloadOptions): BackgroundTask {
    return this.#insert(kind, snapshotRequest(request, this.#policy(options)), options);
  }

  upload(request: TaskRequest, body: StorableBody, options: UploadOptions): BackgroundTask {
    const { protocol } = checkedOptions(options, "upload");
    this.#core.daemon.checkUpload(protocol);
    return this.#insert("upload", snapshotUpload(request, body, this.#policy(options), protocol), options);
  }

  resume(kind: "download" | "upload", given: ResumeRequest, options: DownloadOptions): BackgroundTask {
    const { session, key, request: record, protocol } = checkedResumeData(given, kind);
    if (session !== this.#core.identifier) throw new TypeError("The resumeData belongs to another session.");
    if (kind === "upload") this.#checkSameWay(protocol, options, "idempotencyKey");
    const { request } = given;
    const snapshot = request === undefined ? { record } : this.#forRest(request, record, options);
    return this.#insert(kind, snapshot, options, { key, mustResume: true, hasBody: kind === "upload" });
  }

  /** Another address of the same file: what its integrity was stays true. */
  #forRest(request: TaskRequest, { integrity }: RequestRecord, options: TaskOptions): RequestSnapshot {
    const snapshot = snapshotForRest(request, this.#policy(options));
    return { ...snapshot, record: { ...snapshot.record, integrity: snapshot.record.integrity || integrity } };
  }

  retry(task: BackgroundTask, options: DownloadOptions): BackgroundTask {
    const only = "only a finished task can be retried";
    const info = finishedInfo(task, this.#core.identifier, "retry()", only);
    const { key, kind, hasBody } = info;
    if (kind === "upload") this.#checkSameWay(info.uploadProtocol, options);
    const predecessor = { key, mustResume: false, hasBody };
    return this.#insert(kind, { record: info.request }, { ...keptOptions(info), ...options }, predecessor);
  }

  /** An upload continues as it was begun. */
  #checkSameWay(
    protocol: UploadProtocolName | undefined,
    options: UploadOptions,
    ...more: (keyof UploadOptions)[]
  ): void {
    const given = [...UPLOAD_NAMES, ...more].find((name) => options[name] !== undefined);
    if (given !== undefined)
      throw new TypeError(`"${given}" cannot be given: it stays that of the upload which is continued.`);
    this.#core.daemon.checkUpload(protocol);
  }

  /** @throws TypeError if the task would wait for itself, as far as this realm knows */
  #checkOrder({ id, queue, after = [] }: CheckedOptions): void {
    if (queue !== undefined || after.length > 0) this.#core.daemon.checkOrder();
    // Only for an id of the app's own can other tasks wait already.
    if (id === undefined) return;
    const waited = new Set(after);
    if (waited.has(id) || this.#core.tasks.find(id) !== undefined) {
      for (const name of waited) {
        if (name === id) throw new TypeError(`after: task "${id}" would wait for itself.`);
        const task = this.#core.tasks.find(name);
        for (const further of (task && TaskHandle.modelOf(task).info.dependsOn) ?? []) waited.add(further);
      }
    }
  }

  #policy(options: TaskOptions): SecretPolicy {
    const { configuration } = this.#core;
    return { ...configuration, storeCredentials: options.storeCredentials ?? configuration.storeCredentials };
  }

  #insert(
    kind: TaskKind,
    snapshot: RequestSnapshot,
    given: DownloadOptions,
    predecessor?: Predecessor,
  ): BackgroundTask {
    this.#core.ending.checkMaking();
    const madeOf = predecessor && (predecessor.mustResume ? "resumeData" : "task");
    const options = checkedOptions(given, kind, madeOf);
    this.#checkOrder(options);
    if (snapshot.record.integrity !== "") this.#core.daemon.checkPart("integrity");
    if (options.destination !== undefined) this.#core.daemon.checkPart("destinations");
    const { configuration, identifier } = this.#core;
    if (kind === "download" && (Number(options.connections) > 1 || configuration.maximumDownloadRate > 0))
      this.#core.daemon.checkPart("parallelRanges");
    const row = newTaskRow({
      session: identifier,
      kind,
      snapshot,
      options,
      configuration,
      wishes: this.#core.messages.wishes,
      now: Date.now(),
    });
    const { onDuplicate } = options;
    const signal = eitherOf(options.signal, snapshot.signal);
    const task = this.#core.insert(
      { row, onDuplicate, ...(predecessor !== undefined && { predecessor }) },
      snapshot.body,
    );
    if (signal !== undefined) void cancelWith(task, signal);
    return task;
  }
}

/** Returns the options of a task that its repetition keeps. */
function keptOptions(info: TaskInfo): DownloadOptions {
  const { description, priority, group, queue, acceptStatuses, destination, settings } = info;
  const { clientExpectsToSend, clientExpectsToReceive } = info;
  return changed<DownloadOptions>(
    { priority, ...settings },
    {
      description,
      group,
      queue,
      acceptStatuses,
      destination,
      countOfBytesClientExpectsToSend: clientExpectsToSend,
      countOfBytesClientExpectsToReceive: clientExpectsToReceive,
    },
  );
}

/** Cancels the task when the signal is aborted. A signal of the app's may live long: it holds nothing that is over. */
async function cancelWith(task: TaskHandle, signal: AbortSignal): Promise<void> {
  const cancel = (): void => void task.cancel(messageOf(signal.reason));
  if (signal.aborted) return cancel();
  signal.addEventListener("abort", cancel);
  await TaskHandle.modelOf(task).finished;
  signal.removeEventListener("abort", cancel);
}

/** Returns what the app says of an abort; undefined if it says nothing. */
function messageOf(reason: unknown): string | undefined {
  const message = reason instanceof Error ? reason.message : reason;
  const isOfBrowser = message === AbortSignal.abort().reason.message;
  return typeof message === "string" && !isOfBrowser ? message : undefined;
}
