import type { BackgroundSession, BackgroundTask } from "../app/index.ts";
import { type OLD_DATABASES, OldQueue, type OldRequest, type Stub, type Turn } from "./old-queue.ts";
import { secondsLeft } from "./retention.ts";
import type { TaskMaker } from "./task-maker.ts";

/** What became of the requests in an old queue. */
export interface AdoptedQueue {
  /** How many are tasks of the session now. */
  readonly adopted: number;
  /** How many were older than `maxRetentionTime`, and were deleted as workbox deletes them. */
  readonly expired: number;
  /** Those that stay in the old database, since they cannot be read or must not be stored. They are tried again. */
  readonly left: readonly LeftRequest[];
}

/** A request that was left in the old database. */
export interface LeftRequest {
  /** Its key there, in the store `requests`. */
  readonly id: number;
  /** A `TypeError` if it cannot or must not be stored, a `SessionError` if the disk or the session refused it. */
  readonly error: Error;
}

/** So many bodies are in memory at the same time. */
const ROWS_A_TURN = 50;

/**
 * One pass over a queue in one database. There are two databases and no transaction over both, so each step can be repeated:
 *
 *     row ─→ row + task, suspended ─→ stub + task ─→ stub + task, started ─→ task
 *
 * A task that is suspended does not end by itself, so that its id is taken as long as the row is there. If the old worker
 * takes a row in between, it sends that request, and the task is cancelled: it would hold its queue. The rows of a turn are
 * noted until it is over, so that the next pass can cancel it as well. The old worker may put the row back.
 */
export class Adoption {
  readonly #maker: TaskMaker;
  readonly #database: (typeof OLD_DATABASES)[number];
  readonly #name: string;
  readonly #minutes: number | undefined;
  readonly #left: LeftRequest[] = [];
  #adopted = 0;
  #expired = 0;

  constructor(
    maker: TaskMaker,
    database: (typeof OLD_DATABASES)[number],
    name: string,
    minutes: number | undefined,
  ) {
    this.#maker = maker;
    this.#database = database;
    this.#name = name;
    this.#minutes = minutes;
  }

  /** @returns what it found; undefined if there was nothing */
  async run(): Promise<AdoptedQueue | undefined> {
    const queue = await OldQueue.open(this.#database, this.#name);
    if (queue === undefined) return undefined;
    try {
      const [stubs, keys, turns] = await Promise.all([queue.stubs(), queue.keys(), queue.turns()]);
      if (stubs.length + keys.length + turns.length === 0) return undefined;
      const session = await this.#maker.open();
      const known = new Set([...stubs.map(({ id }) => id), ...keys]);
      const taken = turns.flatMap(({ rows }) => rows).filter(({ id }) => !known.has(id));
      await this.#cancel(session, taken);
      await this.#start(queue, session, stubs, turns);
      for (let first = 0; first < keys.length; first += ROWS_A_TURN)
        await this.#adopt(queue, session, await queue.rows(keys.slice(first, first + ROWS_A_TURN)));
    } finally {
      queue.close();
    }
    return { adopted: this.#adopted, expired: this.#expired, left: this.#left };
  }

  async #adopt(queue: OldQueue, session: BackgroundSession, rows: readonly OldRequest[]): Promise<void> {
    const turn = await queue.begin(rows);
    const now = Date.now();
    const expired: OldRequest[] = [];
    const made = new Map<OldRequest, BackgroundTask>();
    for (const row of rows) {
      const own = {
        id: this.#idOf(row),
        onDuplicate: "replace" as const,
        timeoutIntervalForResource: secondsLeft(row.timestamp, this.#minutes, now),
      };
      // A pass that was cut off has made the task.
      const known = session.task(own.id);
      if (known !== undefined) made.set(row, known);
      else if (own.timeoutIntervalForResource <= 0) expired.push(row);
      else
        try {
          made.set(row, this.#maker.make(session, row.requestData, row.requestData.body, row.metadata, own));
        } catch (error) {
          this.#leave(row, error);
        }
    }
    await queue.delete(expired);
    this.#expired += expired.length;
    const stored = new Set<OldRequest>();
    const store = ([row, task]: [OldRequest, BackgroundTask]): Promise<unknown> =>
      task.suspend().then(
        () => stored.add(row),
        (error: unknown) => this.#leave(row, error),
      );
    await Promise.all([...made].map(store));
    const adopted = await queue.replace([...stored]);
    for (const row of adopted) stored.delete(row);
    await this.#cancel(session, [...stored]);
    await this.#start(queue, session, adopted, [turn]);
  }

  /** The old worker has sent these. */
  async #cancel(session: BackgroundSession, rows: readonly Pick<Stub, "id" | "timestamp">[]): Promise<void> {
    await Promise.all(rows.map((row) => session.task(this.#idOf(row))?.cancel()));
  }

  #leave({ id }: OldRequest, error: unknown): void {
    this.#left.push({ id, error: error as Error });
  }

  /** @param turns those to which the stubs belong; they are over then */
  async #start(
    queue: OldQueue,
    session: BackgroundSession,
    stubs: readonly Stub[],
    turns: readonly Turn[],
  ): Promise<void> {
    await Promise.all(
      stubs.map((stub) => {
        const task = session.task(this.#idOf(stub));
        // Once for its creation, and once for `suspend()`.
        void task?.resume();
        return task?.resume();
      }),
    );
    await queue.delete([...stubs, ...turns]);
    this.#adopted += stubs.length;
  }

  /** The key alone repeats: it begins at 1 again when the old database was deleted. */
  #idOf({ id, timestamp }: Pick<Stub, "id" | "timestamp">): string {
    return `${this.#database} ${this.#name} ${id} ${timestamp}`;
  }
}
