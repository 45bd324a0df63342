import type { Database } from "../../store/database.ts";
import { GroupCommit } from "../../store/group-commit.ts";
import {
  acknowledgeEvents,
  readEventsWithRows,
  readOwedTask,
  refuseEvent,
  type StoredEvent,
} from "../../store/outbox.ts";
import type { TaskRow } from "../../store/schema.ts";
import { readTask } from "../../store/tasks.ts";

/** A row is believed for this long after it was read. */
const FRESH_MS = 500;
/** Events read at a time. */
const PAGE = 100;

/** A session's outbox as its owner uses it: reads events with the rows of their tasks, and records the app's answers. */
export class OwnersOutbox {
  readonly #database: Database;
  readonly #session: string;
  readonly #acknowledgements: GroupCommit<StoredEvent, boolean>;
  #rows = new Map<string, TaskRow>();
  #readAt = 0;

  constructor(database: Database, session: string) {
    this.#database = database;
    this.#session = session;
    this.#acknowledgements = new GroupCommit((events) => acknowledgeEvents(database, events, Date.now()));
  }

  async eventsAfter(seq: number): Promise<readonly StoredEvent[]> {
    const { events, rows } = await readEventsWithRows(this.#database, this.#session, seq, PAGE);
    this.#rows = rows;
    this.#readAt = performance.now();
    return events;
  }

  /** Returns the task's row; it is read anew for each further event of the task, and if it is old. */
  async rowOf({ taskKey }: StoredEvent): Promise<TaskRow | undefined> {
    const fresh = performance.now() - this.#readAt < FRESH_MS ? this.#rows.get(taskKey) : undefined;
    this.#rows.delete(taskKey);
    return fresh ?? readTask(this.#database, this.#session, taskKey);
  }

  /** The same; undefined if the event is no longer owed. The owner before may still be acknowledging events (E4). */
  owedRowOf(event: StoredEvent): Promise<TaskRow | undefined> {
    return readOwedTask(this.#database, event);
  }

  /** Takes an event out. @returns whether it was the last one of its task */
  acknowledge(event: StoredEvent): Promise<boolean> {
    return this.#acknowledgements.add(event);
  }

  refuse(event: StoredEvent): Promise<unknown> {
    return refuseEvent(this.#database, event);
  }
}
