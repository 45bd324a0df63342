import type { Body, Meta, UppyFile } from "@uppy/core";
import type { BackgroundSession, BackgroundTask, TaskSnapshot } from "../app/index.ts";
import { showTask } from "./display.ts";
import { tell } from "./ending.ts";
import { isStoredFile, restoredFile, type StoredFile } from "./stored-file.ts";
import type { Upload } from "./upload.ts";
import type { UploaderContext } from "./uploader-context.ts";

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
      if (upload === undefined) {
        if (uploads.fileOf(id) === undefined && !this.#read.has(id)) unknown.push(task);
        continue;
      }
      // The session was opened again, or another page repeats the upload.
      const isNew = upload.task !== task && upload.isTakenOnBy(id);
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
    const { uploads, name } = this.#context;
    const { finished } = session.group(name).getSnapshot();
    for (const upload of uploads.all()) {
      const { task, failure } = upload;
      if (failure !== undefined || unfinished.has(task)) continue;
      const known = finished.find(({ id }) => id === task.id)?.task;
      // There is nothing on disk that says how.
      uploads.follow(upload, known ?? task, known?.completed ?? Promise.resolve({}));
    }
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
    const { uppy, uploads, restored } = this.#context;
    const files: Record<string, UppyFile<M, B>> = {};
    const adopted: Upload<M, B>[] = [];
    for (const [task, stored] of found) {
      if (uploads.ofTask(task.id) !== undefined) continue;
      const isTaken = uppy.getFile(stored.id) !== undefined || stored.id in files;
      const id = isTaken ? `${stored.id}-${task.id}` : stored.id;
      files[id] = restoredFile(stored, id, task);
      adopted.push(uploads.add(id, stored, task));
    }
    if (adopted.length === 0) return;
    restored.add(files, adopted[0]?.stored.step ?? 0);
    for (const upload of adopted) {
      const { failure } = upload.stored;
      const { info } = upload.task;
      if (failure !== undefined && info.state === "suspended" && info.attempts === 0)
        tell(this.#context, upload, { failure: new Error(failure) });
      else showTask(this.#context, upload, info);
    }
  }
}
