import { type Failure, failureOf, SessionError } from "../../protocol/session-error.ts";
import type { Insertion, NewTask } from "../../store/insert.ts";
import type { BodyContent } from "../../store/schema.ts";
import { taskInfoOf } from "../../store/task-info-of.ts";
import { InsertBatch } from "../tasks/insert-batch.ts";
import { TaskHandle } from "../tasks/task-handle.ts";
import { TaskModel } from "../tasks/task-model.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import { askForPersistence } from "./persistence.ts";
import type { SessionContext } from "./session-context.ts";
import type { TaskOperations } from "./task-operations.ts";

/** The daemon takes no longer lists. */
const KEYS_A_COMMAND = 10_000;

export interface InsertionsOptions {
  readonly operations: TaskOperations;
  /** Fulfils when the session is on disk. */
  readonly recovered: () => Promise<void>;
  /** The task could not be stored. */
  readonly onFailure: (task: TaskHandle, failure: Failure) => void;
}

/** Makes handles of new tasks, and brings the tasks to disk and to the daemon at the end of the turn. */
export class Insertions {
  readonly #context: SessionContext;
  readonly #tasks: TaskRegistry;
  readonly #options: InsertionsOptions;
  readonly #batch: InsertBatch;
  /** Persistence was asked for. An earlier answer is on disk, but to read it costs a transaction. */
  #hasAsked = false;

  constructor(context: SessionContext, tasks: TaskRegistry, options: InsertionsOptions) {
    const { link, identifier } = context;
    this.#context = context;
    this.#tasks = tasks;
    this.#options = options;
    this.#batch = new InsertBatch(link.database, identifier, options.recovered, (insertions) =>
      this.#tellDaemon(insertions),
    );
  }

  /** Fulfils when every task is stored or refused. */
  settled(): Promise<void> {
    return this.#batch.settled();
  }

  add(task: NewTask, body: BodyContent | Promise<BodyContent> | undefined): TaskHandle {
    const insertion = this.#batch.add(task, body);
    const stored = insertion.then(({ isInserted }) => ({ inserted: isInserted }));
    const model = new TaskModel(this.#options.operations, taskInfoOf(task.row), stored);
    const handle = new TaskHandle(model);
    this.#tasks.add(handle);
    insertion.then(
      (result) => this.#onInserted(handle, model, result),
      (error: unknown) => this.#options.onFailure(handle, storageFailure(error)),
    );
    return handle;
  }

  /** Lets a task of this turn run from the start. @returns false if it is written already */
  resume(key: string): boolean {
    return this.#batch.resume(key, Date.now());
  }

  #onInserted(handle: TaskHandle, model: TaskModel, { isInserted, row }: Insertion): void {
    if (isInserted) {
      // A successor has more on disk than was known when it was made; the daemon may have told of it already.
      const info = taskInfoOf(row);
      const { state, activity } = model.info;
      model.update(info.state === state ? { ...info, activity } : info);
      return;
    }
    this.#tasks.drop(model.info.key);
    TaskHandle.mirror(handle, TaskHandle.modelOf(this.#tasks.handleOf(taskInfoOf(row))));
  }

  async #tellDaemon(insertions: readonly Insertion[]): Promise<void> {
    const { link, identifier } = this.#context;
    const keys = insertions.flatMap(({ isInserted, row, others = [] }) => [
      ...others,
      ...(isInserted ? [row.key] : []),
    ]);
    for (let start = 0; start < keys.length; start += KEYS_A_COMMAND)
      this.#options.operations.tell({
        type: "inserted",
        session: identifier,
        keys: keys.slice(start, start + KEYS_A_COMMAND),
      });
    this.#askForPersistence();
    if (insertions.some(({ isInserted, row }) => isInserted && row.state === "running"))
      await link.askForSync();
  }

  #askForPersistence(): void {
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    askForPersistence(this.#context.link.database).catch(() => {});
  }
}

function storageFailure(error: unknown): Failure {
  return error instanceof SessionError
    ? failureOf(error)
    : { code: "storage-lost", message: `The task could not be stored: ${String(error)}` };
}
