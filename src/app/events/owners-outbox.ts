import { failureOf } from "../../protocol/session-error.ts";
import type { Database } from "../../store/database.ts";
import { GroupCommit } from "../../store/group-commit.ts";
import {
  acknowledgeEvents,
  type OwedTask,
  readEvents,
  readEventsWithTasks,
  readOwedTask,
  refuseEvent,
  type StoredEvent,
} from "../../store/outbox.ts";
import type { TaskRow } from "../../store/schema.ts";
import { failFinishedTask } from "../../store/tasks.ts";
import { BytesLost, readResult, type TaskResult } from "../tasks/task-result.ts";

/** A task is believed for this long after it was read. */
const FRESH_MS = 500;
/** Events read at a time. */
const PAGE = 100;

/** A session's outbox as its owner uses it: reads events with their tasks, and records the app's answers. */
export class OwnersOutbox {
  readonly #database: Database;
  readonly #session: string;
  readonly #acknowledgements: GroupCommit<StoredEvent, boolean>;
  /** The tasks that came with the events, by key. */
  #tasks = new Map<string, OwedTask>();
  #freshUntil = 0;

  constructor(database: Database, session: string) {
    this.#database = database;
    this.#session = session;
    this.#acknowledgements = new GroupCommit((events) => acknowledgeEvents(database, events, Date.now()));
  }

  /** @param withTasks reads their tasks as well: unless the owner before may still be acknowledging events (E4) */
  async eventsAfter(seq: number, withTasks: boolean): Promise<readonly StoredEvent[]> {
    const place = [this.#database, this.#session, seq, PAGE] as const;
    this.#tasks.clear();
    // A file that cannot be read must not hide the events of others.
    const read = withTasks ? await readEventsWithTasks(...place).catch(() => undefined) : undefined;
    if (read === undefined) return readEvents(...place);
    this.#tasks = read.tasks;
    this.#freshUntil = performance.now() + FRESH_MS;
    return read.events;
  }

  /**
   * Returns the task's row; undefined if the event is no longer owed.
   * @param mayBeFresh whether the row that came with the event will do: not for long
   */
  async rowOf(event: StoredEvent, mayBeFresh: boolean): Promise<TaskRow | undefined> {
    if (!mayBeFresh || performance.now() >= this.#freshUntil) this.#tasks.delete(event.taskKey);
    return this.#tasks.get(event.taskKey)?.row ?? readOwedTask(this.#database, event);
  }

  /** Reads the result of a finished task. If its bytes are lost, that is recorded, so that `didComplete` says so too. */
  async resultOf(row: TaskRow): Promise<TaskResult> {
    const { parts } = this.#tasks.get(row.key) ?? {};
    try {
      return await readResult(this.#database, row, parts);
    } catch (error) {
      // The platform will never accept what is damaged. Any other error may be gone at the next try.
      const lost =
        error instanceof TypeError
          ? new BytesLost("storage-lost", `The stored answer is damaged: ${error}`)
          : error;
      if (!(lost instanceof BytesLost)) throw lost;
      this.#tasks.delete(row.key);
      await failFinishedTask(this.#database, row, failureOf(lost));
      return { error: lost };
    }
  }

  /** Takes a delivered event out, or notes that it was refused. @returns whether it was the last one of its task */
  async record(event: StoredEvent, isDelivered: boolean): Promise<boolean> {
    if (isDelivered) return this.#acknowledgements.add(event);
    await refuseEvent(this.#database, event);
    return false;
  }
}
