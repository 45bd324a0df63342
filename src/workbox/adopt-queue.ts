import type { BackgroundSession, BackgroundTask } from "../app/index.ts";
import { OLD_DATABASES, OldQueue, type OldRequest, type Stub, type Turn } from "./old-queue.ts";
import { secondsLeft } from "./retention.ts";
import { type KeepingOptions, TaskMaker } from "./task-maker.ts";
import { atEachStart, type WorkerScope } from "./worker-scope.ts";

/** The options of `adoptQueue`: those of the plugin for the tasks, and these. */
export interface AdoptQueueOptions extends KeepingOptions {
  /** The identifier of the session. */
  session: string;
  /**
   * That of the old queue, in minutes: it is not stored with the requests. What is left of it is the time that the task of
   * a request has. @default 7 days, as with workbox
   */
  maxRetentionTime?: number;
  /** The queue of the tasks. @default the name of the old queue */
  queue?: string;
  /** Called after requests were found in the old queue. @default warns in the console of what was left there */
  onAdopted?: (adopted: AdoptedQueue) => void;
}

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
  readonly error: Error;
}

/** So many bodies are in memory at the same time. */
const ROWS_A_TURN = 50;

/**
 * Moves what waits in a queue of `workbox-background-sync` or Serwist into a session: in its order, and each request once,
 * also if the worker is stopped in the middle. Call it at the top of the worker's script, in which no `Queue` or
 * `BackgroundSyncPlugin` of that name is made any more. It works only in the active worker: when that is activated, at each
 * of its starts, and when the browser wakes it for the old queue.
 *
 * @throws TypeError if it is not called in a service worker
 * @example
 * adoptQueue("orders", { session: "com.example.shop", completion: { handler: "order-sent" } });
 */
export function adoptQueue(name: string, options: AdoptQueueOptions): void {
  const { session, onAdopted = warnOfLeft, ...keeping } = options;
  const scope = globalThis as unknown as WorkerScope;
  if (!("registration" in scope)) throw new TypeError("adoptQueue() is for the script of a service worker.");
  const maker = new TaskMaker(session, keeping, name);
  const adopt = async (): Promise<void> => {
    for (const database of OLD_DATABASES) {
      const adoption = new Adoption(maker, database, name, options.maxRetentionTime);
      // The worker before this one may not be gone yet.
      const lock = `background-session adopts: ${database} ${name}`;
      const result = await navigator.locks.request(lock, () => adoption.run());
      if (result !== undefined) onAdopted(result);
    }
  };
  scope.addEventListener("activate", (event) => event.waitUntil(adopt()));
  scope.addEventListener("sync", (event) => {
    if (OLD_DATABASES.some((database) => event.tag === `${database}:${name}`)) event.waitUntil(adopt());
  });
  // What fails now is tried again at the next start.
  atEachStart(scope, () => void adopt().catch((error: unknown) => console.error(error)));
}

/**
 * One pass over a queue in one database. There are two databases and no transaction over both, so each step can be repeated:
 *
 *     row ─→ row + task, suspended ─→ stub + task ─→ stub + task, started ─→ task
 *
 * A task that is suspended does not end by itself, so that its id is taken as long as the row is there. If the old worker
 * takes a row in between, it sends that request, and the task is cancelled: it would hold its queue. The rows of a turn are
 * noted until it is over, so that the next pass can cancel it as well. The old worker may put the row back.
 */
class Adoption {
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

function warnOfLeft({ left }: AdoptedQueue): void {
  for (const { id, error } of left)
    console.warn(`The waiting request ${id} was left in the old queue. ${error.message}`);
}
