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
  #freshUntil = 0;

  constructor(database: Database, session: string) {
    this.#database = database;
    this.#session = session;
    this.#acknowledgements = new GroupCommit((events) => acknowledgeEvents(database, events, Date.now()));
  }

  async eventsAfter(seq: number): Promise<readonly StoredEvent[]> {
    const { events, rows } = await readEventsWithRows(this.#database, this.#session, seq, PAGE);
    this.#rows = rows;
    this.#freshUntil = performance.now() + FRESH_MS;
    return events;
  }

  /**
   * Reads the task's row; undefined if the event is no longer owed: the owner before may still be acknowledging (E4).
   * @param mayBeFresh whether the row that came with the event will do; it does so once, and not for long
   */
  async rowOf(event: StoredEvent, mayBeFresh: boolean): Promise<TaskRow | undefined> {
    const isFresh = mayBeFresh && performance.now() < this.#freshUntil;
    const row = isFresh ? this.#rows.get(event.taskKey) : undefined;
    this.#rows.delete(event.taskKey);
    return row ?? readOwedTask(this.#database, event);
  }

  /** Takes a delivered event out, or notes that it was refused. @returns whether it was the last one of its task */
  async record(event: StoredEvent, isDelivered: boolean): Promise<boolean> {
    if (isDelivered) return this.#acknowledgements.add(event);
    await refuseEvent(this.#database, event);
    return false;
  }
}
