import type { Body, Meta, UppyFile } from "@uppy/core";
import type { BackgroundSession, BackgroundTask, TaskResult, TaskSnapshot } from "../app/index.ts";
import { showProgress, showTask } from "./display.ts";
import { tell } from "./ending.ts";
import { isStoredFile, restoredFile, type StoredFile } from "./stored-file.ts";
import type { UploaderContext } from "./uploader-context.ts";

/** How often a page asks whether another one has settled a task. */
const SETTLING_MS = 2_000;

/** A task of another page with what is stored of its file. */
export type FoundTask<M extends Meta, B extends Body> = readonly [BackgroundTask, StoredFile<M, B>];

/** Brings Uppy up to date with the tasks of the session, and takes up those that it does not know. */
export class TaskWatch<M extends Meta, B extends Body> {
  readonly #context: UploaderContext<M, B>;
  /** The ids of the tasks whose context was read, or is being read. */
  readonly #read = new Set<string>();
  #session: BackgroundSession | undefined;

  constructor(context: UploaderContext<M, B>) {
    this.#context = context;
  }

  look(session: BackgroundSession, all: readonly TaskSnapshot[]): void {
    const { uploads, name, log } = this.#context;
    const unknown: BackgroundTask[] = [];
    const tasks = all.filter(({ group }) => group === name);
    for (const info of tasks) {
      const { id, task } = info;
      const upload = uploads.ofTask(id);
      if (upload?.task.id !== id) {
        if (uploads.fileOf(id) === undefined && !this.#read.has(id)) unknown.push(task);
        continue;
      }
      // The session was opened again.
      const isNew = upload.task !== task;
      if (isNew) uploads.follow(upload, task);
      if (uploads.isFollowed(upload)) showTask(this.#context, upload, info);
      // Its file was removed while the session was not open.
      else if (isNew) task.cancel().catch(log);
    }
    if (session !== this.#session) this.#catchUp(session, new Set(tasks.map(({ task }) => task)));
    this.#session = session;
    this.#takeUp(session, unknown).catch(log);
  }

  /** The session was opened again: what is not among its unfinished tasks has ended meanwhile. */
  #catchUp(session: BackgroundSession, unfinished: ReadonlySet<BackgroundTask>): void {
    const { uploads } = this.#context;
    for (const upload of uploads.all()) {
      const { task, failure } = upload;
      if (failure === undefined && !unfinished.has(task))
        uploads.follow(upload, task, this.#settled(session, task));
    }
  }

  /**
   * Fulfils when the owner has settled a task, or the session is over. Nothing on disk says how the task has ended. If this
   * page is the owner, it gets the result before.
   */
  async #settled(session: BackgroundSession, task: BackgroundTask): Promise<TaskResult> {
    const isKept = () => session.contextOf(task).catch(() => true);
    while (this.#context.isInstalled && session.getSnapshot().isOpen && (await isKept()))
      await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
    return {};
  }

  async #takeUp(session: BackgroundSession, unknown: readonly BackgroundTask[]): Promise<void> {
    for (const { id } of unknown) this.#read.add(id);
    const read = async (task: BackgroundTask) =>
      [task, await session.contextOf(task).catch(() => void this.#read.delete(task.id))] as const;
    const found = (await Promise.all(unknown.map(read))) as FoundTask<M, B>[];
    if (this.#context.isInstalled) this.adopt(found.filter(([, stored]) => isStoredFile(stored)));
  }

  /** Takes up what another page has made. */
  adopt(found: readonly FoundTask<M, B>[]): void {
    const files: Record<string, UppyFile<M, B>> = {};
    const taken = found.filter((one) => this.#take(one, files));
    if (Object.keys(files).length > 0) this.#context.restored.add(files);
    for (const id in files) showProgress(this.#context, id);
    for (const [{ id, info }, { failure }] of taken) {
      const upload = this.#context.uploads.ofTask(id);
      if (upload === undefined) continue;
      if (failure !== undefined && info.state === "suspended" && info.attempts === 0)
        tell(this.#context, upload, { failure: new Error(failure) });
      else showTask(this.#context, upload, info);
    }
  }

  /** @param files gets the file if Uppy does not have it @returns whether Uppy does not know how the task is */
  #take([task, stored]: FoundTask<M, B>, files: Record<string, UppyFile<M, B>>): boolean {
    const { uppy, uploads } = this.#context;
    const known = uploads.ofTask(task.id);
    if (known !== undefined) {
      if (!known.isRepeatedBy(task.id)) return false;
      uploads.follow(known, task);
      return known.failure === undefined;
    }
    if (uploads.fileOf(task.id) !== undefined) return false;
    const isTaken = uppy.getFile(stored.id) !== undefined || stored.id in files;
    const id = isTaken ? `${stored.id}-${task.id}` : stored.id;
    files[id] = restoredFile(stored, id, task);
    uploads.add(id, stored, task);
    return true;
  }
}
