import { SessionError } from "../../protocol/session-error.ts";
import { hasEmptyFile, isReadable, sizeOf } from "../../store/bodies.ts";
import type { Database } from "../../store/database.ts";
import { type Insertion, insertTasks, type NewTask } from "../../store/insert.ts";
import type { BodyContent, TaskRow } from "../../store/schema.ts";
import { copyOfBody, readsFromSource } from "../../store/stored-blobs.ts";
import { changed, transition } from "../../store/tasks.ts";

/** Bodies of one turn are copied into memory, where WebKit needs that, up to this size. */
const COPIED_BYTES = 32 * 1024 * 1024;

/** A task that was created in this turn and is not yet written. */
export interface Draft {
  task: NewTask;
  /** A body; a promise if it has still to be read. */
  readonly body: BodyContent | Promise<BodyContent> | undefined;
  readonly resolve: (insertion: Insertion) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects the tasks that one turn creates and writes them in one strict transaction at its end (T2): a loop that creates
 * 10,000 tasks costs one commit.
 */
export class InsertBatch {
  readonly #database: Database;
  readonly #session: string;
  /** Fulfils when tasks can be written. */
  readonly #ready: () => Promise<void>;
  /** Does what else is needed before a task counts as stored. */
  readonly #onInserted: (insertions: readonly Insertion[]) => Promise<void>;
  #drafts = new Map<string, Draft>();
  readonly #writes = new Set<Promise<void>>();
  /** The insertions that wait for a body, by the id and by the queue of their tasks. */
  readonly #unread = new Map<string, Promise<void>>();
  /** Settles when what had no body to wait for is stored or refused. */
  #earlier: Promise<unknown> = Promise.resolve();

  constructor(
    database: Database,
    session: string,
    ready: () => Promise<void>,
    onInserted: (insertions: readonly Insertion[]) => Promise<void>,
  ) {
    this.#database = database;
    this.#session = session;
    this.#ready = ready;
    this.#onInserted = onInserted;
  }

  /** Fulfils when every task added so far is on disk or was refused. */
  async settled(): Promise<void> {
    while (this.#writes.size > 0) await Promise.all(this.#writes);
  }

  add(task: NewTask, body: BodyContent | Promise<BodyContent> | undefined): Promise<Insertion> {
    if (this.#drafts.size === 0) {
      const write = Promise.resolve()
        .then(() => this.#write())
        .finally(() => this.#writes.delete(write));
      this.#writes.add(write);
    }
    return new Promise((resolve, reject) => {
      this.#drafts.set(task.row.key, { task, body, resolve, reject });
    });
  }

  /** Starts a task of this turn. @returns false if it is written already, so that the daemon must be asked */
  resume(key: string, now: number): boolean {
    const draft = this.#drafts.get(key);
    if (draft === undefined) return false;
    draft.task = { ...draft.task, row: transition(draft.task.row, "resume", now) };
    return true;
  }

  async #write(): Promise<void> {
    const drafts = [...this.#drafts.values()];
    this.#drafts = new Map();
    const ready: Draft[] = [];
    // What earlier turns made is on disk before what has to come after it.
    const earlier = drafts.some(hasOrder) ? this.#earlier : Promise.resolve();
    const stored = earlier.then(() => this.#insert(ready));
    this.#earlier = Promise.allSettled([this.#earlier, stored]);
    // A body that has still to be read delays only its own task, and those that have to come after it.
    const later: Promise<void>[] = [];
    for (const draft of drafts) {
      const before = this.#before(draft);
      if (before.length === 0 && !(draft.body instanceof Promise)) ready.push(draft);
      else
        later.push(this.#insertAfter(hasOrder(draft) ? [stored.catch(() => {}), ...before] : before, draft));
    }
    await Promise.all([stored, ...later]);
  }

  /** Returns the insertions that wait for a body and that this one has to come after. */
  #before({ task: { row } }: Draft): Promise<unknown>[] {
    // A task of the same id replaces it, or is replaced by it.
    const names = [queueOf(row), idOf(row.id), ...(row.dependsOn ?? []).map(([, id]) => idOf(id))];
    return names.map((name) => this.#unread.get(name)).filter((insertion) => insertion !== undefined);
  }

  async #insertAfter(before: readonly Promise<unknown>[], draft: Draft): Promise<void> {
    const { row } = draft.task;
    const names = [queueOf(row), idOf(row.id)];
    const insertion = Promise.all(before).then(() => this.#insert([draft]));
    // What comes after it goes on, even if the daemon could not be told of it.
    const settled = insertion.catch(() => {});
    for (const name of names) this.#unread.set(name, settled);
    await settled;
    for (const name of names) if (this.#unread.get(name) === settled) this.#unread.delete(name);
    await insertion;
  }

  async #insert(drafts: readonly Draft[]): Promise<void> {
    const memory = { bytes: COPIED_BYTES };
    const read = await Promise.allSettled(drafts.map((draft) => withBody(draft, memory)));
    const ready: Ready[] = [];
    for (const [index, result] of read.entries()) {
      const draft = drafts[index] as Draft;
      if (result.status === "fulfilled") ready.push({ draft, task: result.value });
      else draft.reject(fileMissing(result.reason));
    }
    await this.#store(ready, { refusals: 0 });
  }

  async #store(ready: readonly Ready[], disk: Disk): Promise<void> {
    if (ready.length === 0) return;
    const tasks = ready.map(({ task }) => task);
    let insertions: readonly Insertion[];
    try {
      await this.#ready();
      insertions = await insertTasks(this.#database, tasks, Date.now(), this.#session);
      disk.refusals = 0;
    } catch (error) {
      return this.#storeApart(ready, disk, error);
    }
    try {
      await this.#onInserted(insertions);
    } finally {
      for (const [index, { draft }] of ready.entries()) draft.resolve(insertions[index] as Insertion);
    }
  }

  /** One task that the disk refuses makes the whole transaction fail: stores the others without it. */
  async #storeApart(ready: readonly Ready[], disk: Disk, error: unknown): Promise<void> {
    const isMissing = await Promise.all(ready.map(({ draft }) => hasMissingFile(draft)));
    const readable = ready.filter((_, index) => !isMissing[index]);
    for (const [index, { draft }] of ready.entries()) if (isMissing[index]) draft.reject(fileMissing(error));
    if (readable.length < ready.length) return this.#store(readable, disk);
    const middle = Math.floor(ready.length / 2);
    if (middle > 0 && !failsForAll(error, disk)) {
      await this.#store(ready.slice(0, middle), disk);
      return this.#store(ready.slice(middle), disk);
    }
    if (error instanceof SessionError) disk.refusals += 1;
    for (const { draft } of ready) draft.reject(error);
  }
}

/** Whether it has to come after other tasks. */
function hasOrder({ task: { row } }: Draft): boolean {
  return row.queue !== undefined || row.dependsOn !== undefined;
}

function idOf(id: string): string {
  return `id ${id}`;
}

/** A task without a queue has a name of its own. */
function queueOf({ key, queue }: TaskRow): string {
  return queue === undefined ? `key ${key}` : `queue ${queue.name}`;
}

/** A draft whose body is read. */
interface Ready {
  readonly draft: Draft;
  readonly task: NewTask;
}

interface Disk {
  /** Consecutive tasks that it has refused, each by itself. */
  refusals: number;
}

/** After so many consecutive refusals, the cause is the disk and not the tasks. */
const MAX_REFUSALS = 16;

/** Whether the other tasks would fail too. */
function failsForAll(error: unknown, { refusals }: Disk): boolean {
  if (!(error instanceof SessionError)) return false;
  return refusals >= MAX_REFUSALS || !["storage-full", "storage-lost"].includes(error.code);
}

async function withBody({ task, body }: Draft, memory: { bytes: number }): Promise<NewTask> {
  const given = await body;
  if (given === undefined) return task;
  if (hasEmptyFile(given) && !(await isReadable(given))) throw fileMissing(undefined);
  const content = await independent(given, memory);
  if (!(content instanceof Blob)) return { ...task, body: content };
  const { upload } = task.row;
  const row =
    upload === undefined ? task.row : { ...task.row, upload: { ...upload, sizeBytes: content.size } };
  // Also an empty file, because of its name.
  if (content.size > 0 || content instanceof File) return { ...task, row, body: content };
  // An empty body is sent too, for its `Content-Length`.
  const request = { ...row.request, body: new ArrayBuffer(0) };
  return { ...task, row: changed(row, { hasBody: undefined, request }) };
}

/** Returns a copy that does not depend on what the app may delete as soon as the task is stored. */
async function independent(content: BodyContent, memory: { bytes: number }): Promise<BodyContent> {
  if (!readsFromSource() || sizeOf(content) > memory.bytes) return content;
  memory.bytes -= sizeOf(content);
  // A page that is being closed may fail to read it: it is stored as it is, and refused if it is really unreadable.
  return copyOfBody(content).catch(() => content);
}

async function hasMissingFile({ body }: Draft): Promise<boolean> {
  if (body === undefined) return false;
  try {
    return !(await isReadable(await body));
  } catch {
    // The form or the request could not be read.
    return true;
  }
}

function fileMissing(cause: unknown): SessionError {
  if ((cause as SessionError | undefined)?.code === "file-missing") return cause as SessionError;
  const message =
    "The file cannot be read: it was deleted, moved or changed since it was chosen. Ask the user to choose it again.";
  return new SessionError("file-missing", message, { cause });
}
