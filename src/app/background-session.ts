import type { DaemonKind } from "../protocol/daemon-kind.ts";
import type { Destination } from "../protocol/destination.ts";
import type { ResumeData } from "../protocol/resume-data.ts";
import type { SessionError } from "../protocol/session-error.ts";
import type { StoredEvent } from "../store/outbox.ts";
import type { BackgroundTask } from "./background-task.ts";
import type { CompletionHandler } from "./events/completion-handler.ts";
import type { Role } from "./ownership/ownership.ts";
import type { StorableBody } from "./requests/stored-body.ts";
import type { TaskRequest } from "./requests/task-request.ts";
import type { SnapshotSource, TaskGroup, TaskQueue, TasksSnapshot } from "./task-group.ts";
import type { HistoryOptions } from "./tasks/history-options.ts";
import type { DownloadOptions, TaskOptions, UploadOptions } from "./tasks/task-options.ts";
import type { TaskResult } from "./tasks/task-result.ts";

/** Continues from what is kept of a failed or cancelled task. */
export interface ResumeRequest {
  /** From a `SessionError` or `cancelByProducingResumeData()`, of this session and unchanged; it counts once. */
  resumeData: ResumeData;
  /**
   * Another address from which a download continues, e.g. one that was signed anew; a `GET` without a `Range`. The
   * server must prove that the file is still the same, as for every resume. Uploads cannot change their address.
   * @default the request of the task that it continues
   */
  request?: TaskRequest;
}

/** A finished download, and where its bytes are: in `file`, or at its `destination`. */
export interface FoundDownload extends TaskResult {
  /** The place of the file; undefined if it is in `file`. */
  readonly destination?: Destination;
}

/** An event that the delegate refused five times. It is kept, and not offered again until `retryParked()`. */
export interface ParkedEvent {
  /** A UUID, as in `EventInfo`. */
  readonly eventId: string;
  /** The method of the delegate that threw, or `"completionHandler"`. */
  readonly type: StoredEvent["type"];
  /** Identifies the task within the library; use `eventId` in your own records. */
  readonly taskKey: string;
}

/** A session at one moment: frozen, and the same object until something changes. */
export interface SessionSnapshot extends TasksSnapshot {
  /** As in `BackgroundSession`: an observer becomes the owner when the other page is gone. */
  readonly role: Role;
  /** False as soon as the session object is over. */
  readonly isOpen: boolean;
  /** Why it is over, if it was not closed. */
  readonly error: SessionError | undefined;
}

/**
 * A named session: its transfers belong to the name and run in the daemon, a service worker. The page may reload,
 * crash or close; the next page that opens the session under its identifier gets the events of the meantime.
 *
 * @example
 * const session = await BackgroundSession.open("com.example.podcasts", {
 *   delegate: { didFinishDownloading: (task, file) => library.add(task.description, file) },
 * });
 * session.downloadTask("/episodes/42.mp3", { description: "Episode 42" }).resume();
 */
export interface BackgroundSession extends SnapshotSource<SessionSnapshot> {
  /** The name under which it was opened, 1 to 256 characters. */
  readonly identifier: string;

  /**
   * The owner gets the durable events and the completion handlers. An observer sees and controls the same tasks.
   */
  readonly role: Role;

  /**
   * The place in which its transfers run: `"service-worker"`, or `"page"` if the browser has no service workers. In a
   * page they run only as long as a page of the app is open; the next page continues from the last checkpoint.
   */
  readonly daemon: DaemonKind;

  /** Returns the unfinished tasks in the order of their creation. */
  tasks(): BackgroundTask[];

  /** Returns the unfinished task with that id; undefined if there is none. */
  task(id: string): BackgroundTask | undefined;

  /** Returns the group of that name: its tasks, and what controls them together. @throws TypeError for a wrong name */
  group(name: string): TaskGroup;

  /** Returns the queue of that name. What it does after a failure is in the configuration. @throws TypeError as `group` */
  queue(name: string): TaskQueue;

  /**
   * Makes a download, suspended. Its result is a `File` that is backed by the disk, or by memory up to 64 KiB. After an
   * interruption it continues where it was, if the server proves that the file is still the same. `{ resumeData }` from a
   * `SessionError` continues from the bytes of the failed download, and `{ resumeData, request }` from another address; if
   * the bytes are gone, the task ends with `resume-data-invalid`. If the server refuses the rest (403, 404 …), it ends with
   * `bad-response` and the bytes are kept. With a `destination`, the file is placed there, and no event offers it.
   * @throws TypeError for a wrong request or option, and for `destination` and `connections` if the worker was
   *   not given what they need
   * @throws SessionError `unsupported-url`, `session-invalidated`
   */
  downloadTask(request: TaskRequest | ResumeRequest, options?: DownloadOptions): BackgroundTask;

  /**
   * Makes an upload, suspended. The body is on disk before `resume()` fulfils, and is read from there piece by piece.
   * The method is `POST` unless the request says `PUT` or `PATCH`. The response is kept with its body and delivered.
   * The stored request body is deleted after a 2xx response, or when the task is cancelled.
   * @throws TypeError for a wrong request, body or option, and for a protocol that the worker was not given
   * @throws SessionError `unsupported-url`, `session-invalidated`, `daemon-outdated`
   * @example
   * session.uploadTask("/photos", file, { completion: { handler: "photo-sent", context: { photo: 7 } } }).resume();
   */
  uploadTask(request: TaskRequest, body: StorableBody, options?: UploadOptions): BackgroundTask;
  /**
   * Continues a failed or cancelled upload from what the server has of it; once for each token. `protocol`, `metadata`,
   * `connections` and `idempotencyKey` stay as they were, and cannot be given.
   */
  uploadTask(
    request: Pick<ResumeRequest, "resumeData">,
    options?: Omit<TaskOptions, "idempotencyKey">,
  ): BackgroundTask;

  /**
   * Makes a data task, suspended: a request of any method, whose response is kept with its body and delivered.
   * @throws TypeError for a wrong request or option
   * @throws SessionError `unsupported-url`, `session-invalidated`
   */
  dataTask(request: TaskRequest, options?: TaskOptions): BackgroundTask;

  /**
   * `fetch` that survives: makes a data task, starts it, and fulfils with its response, whatever the status. Offline it
   * waits; after a failure of the network it repeats the request as every data task does. If the page goes before the end,
   * the task goes on without it: what has to happen then belongs into the `completion` of `options`, which is called if
   * this fulfils, too. `signal` cancels the task.
   * @throws, as a rejection, TypeError for what `dataTask` refuses, and if the task failed for good (`cause` is its
   *   `SessionError`) or the session is over; the reason of the `signal` if that was aborted; a DOMException `AbortError`
   *   if the task was cancelled otherwise
   * @example
   * const response = await session.fetch("/orders", { method: "POST", body: JSON.stringify(order) });
   */
  fetch(input: RequestInfo | URL, init?: RequestInit, options?: TaskOptions): Promise<Response>;

  /**
   * Makes a new task, suspended, from a finished one: the same request with its body, under a new id. A failed
   * download continues from the bytes that are still on disk, a failed upload from what the server has of it. The body
   * of an upload that succeeded or was cancelled, and of a task that was replaced, is deleted: its retry ends with
   * `file-missing`. Description, priority, group, queue, `acceptStatuses`, `destination`, `connections`, timeouts,
   * allowed networks and expected counts are those of the old task unless `options` says otherwise. If the old task holds
   * its queue, the new one gets its place.
   * @throws TypeError if the task is not finished, and for an upload as `uploadTask({ resumeData })` does
   */
  retry(task: BackgroundTask, options?: DownloadOptions): BackgroundTask;

  /**
   * Lists finished tasks that were made while the configuration had `keepsHistory`, within its `retention`: the newest
   * first, at most 100 unless `limit` says otherwise. Read from disk: the daemon is not started. Once a task's events are
   * settled, its body, its file and the body of its response are deleted: `completed` then has only the head of the
   * response, and the error.
   * @throws TypeError, as a rejection, for a wrong option, and if the session keeps no history
   * @example
   * const recent = await session.history({ state: "failed", limit: 20 });
   * const older = await session.history({ state: "failed", limit: 20, before: recent.at(-1) });
   */
  history(options?: HistoryOptions): Promise<BackgroundTask[]>;

  /**
   * Finds the newest download of a URL that ended with a status of 200 to 299 and whose file is there: until its events are
   * settled, and if it was placed at a `destination`, as long as `history()` lists it. The fragment does not count, nor do
   * requests with another method than `GET`. Read from disk: the daemon is not started. `respondFrom` of
   * `background-session/media` calls it.
   * @returns the result with its destination; undefined if there is none
   * @throws TypeError, as a rejection, for a URL that is not http or https, or has credentials
   * @throws SessionError `session-invalidated`, as a rejection, if the session is over
   */
  findDownload(url: string | URL): Promise<FoundDownload | undefined>;

  /**
   * Deletes what is kept of a finished task, e.g. the body of one that failed. It is not in the history any more, and the
   * rest is deleted as soon as its events are settled and its queue does not wait for it.
   * @throws TypeError, as a rejection, if the task is not finished: cancel it first
   */
  forget(task: BackgroundTask): Promise<void>;

  /**
   * Reads the context that is stored with a task for its completion handler; undefined if there is none, or if the events
   * of the task are settled. A page that comes back learns from it what an unfinished task is about.
   */
  contextOf(task: BackgroundTask): Promise<unknown>;

  /**
   * Adds a completion handler to those that the session was opened with, for a part of the app that is loaded later.
   * Results that wait for a handler of that name are delivered. If the session was opened without delegate and handlers,
   * the events of other tasks go on waiting for a page that has them. It replaces an earlier one of that name.
   * @returns what takes it away again: further results of that name wait
   * @throws TypeError for a wrong name or handler
   * @throws SessionError `session-invalidated` if the session is over
   */
  addCompletionHandler(name: string, handler: CompletionHandler): () => void;

  /** Lists the events that the delegate refused five times. */
  parkedEvents(): Promise<ParkedEvent[]>;

  /** Offers the parked events again, at most five times. */
  retryParked(): Promise<void>;

  /**
   * Gives up the session: its tasks continue, this object is invalid, and the identifier can be opened again. Use it for
   * route changes, hot reloading, and frameworks that mount twice. Nothing more is delivered. If it is awaited inside a
   * delegate method or a completion handler, it fulfils before that has settled; `didBecomeInvalid` comes afterwards.
   * The next `open` of the identifier, which must not be awaited in there, waits for that, at most 5 s.
   */
  close(): Promise<void>;

  /**
   * Takes no more tasks, and ends when the unfinished ones have finished and their events were offered; it waits for a
   * suspended task too. Fulfils when this object is invalid; `didBecomeInvalid` is the last message of its delegate. It
   * may be awaited anywhere: inside a delegate method or a completion handler it fulfils earlier, when everything but
   * what waits for that very call was offered. The rest is delivered when the call has settled, and then the object
   * becomes invalid. In a background launch it has the stored events delivered at once, and does not wait for unfinished
   * tasks: they continue without this object.
   * @throws SessionError `session-invalidated` if it is over already
   */
  finishTasksAndInvalidate(): Promise<void>;

  /**
   * Cancels the unfinished tasks, each of which completes with `cancelled`, and ends like
   * `finishTasksAndInvalidate()`.
   * @throws SessionError `session-invalidated` if it is over already
   */
  invalidateAndCancel(): Promise<void>;
}
