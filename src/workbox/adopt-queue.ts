import { ensureDaemon } from "../sw/start-daemon.ts";
import { type AdoptedQueue, Adoption } from "./adoption.ts";
import { OLD_DATABASES } from "./old-queue.ts";
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

/** The old queues that this worker adopts, by their names. */
const plans = new Map<string, Plan>();

/**
 * Moves what waits in a queue of `workbox-background-sync` or Serwist into a session: in its order, and each request once,
 * also if the worker is stopped in the middle. A `BackgroundSessionPlugin` with a `queue` does this for the old queue of the
 * same name; call it for another name or with other options. Call it at the top of the worker's script, in which no `Queue`
 * or `BackgroundSyncPlugin` of that name is made any more. It works only in the active worker: when that is activated, at
 * each of its starts, and when the browser wakes it for the old queue. It starts the daemon unless a `startDaemon()` above
 * it has.
 *
 * @throws TypeError if it is not called in a service worker, or for a wrong option
 * @example
 * adoptQueue("orders", { session: "com.example.shop", completion: { handler: "order-sent" } });
 */
export function adoptQueue(name: string, options: AdoptQueueOptions): void {
  if (!isServiceWorker()) throw new TypeError("adoptQueue() is for the script of a service worker.");
  ensureDaemon();
  const way = wayOf(name, options);
  const known = plans.get(name);
  if (known === undefined) plans.set(name, new Plan(name, way));
  else known.way = way;
}

/**
 * Adopts the old queue that a plugin replaces, unless the script says how.
 * @returns a function whose promise fulfils when the queue was looked through, and no pass over it is under way; undefined
 *   in a browser without service workers, which has run no old one either
 */
export function adoptQueueOfPlugin(
  name: string,
  options: AdoptQueueOptions,
): (() => Promise<unknown>) | undefined {
  if (!isServiceWorker()) return undefined;
  const plan = plans.get(name) ?? new Plan(name, wayOf(name, options));
  plans.set(name, plan);
  return () => plan.begun();
}

function isServiceWorker(): boolean {
  return "registration" in globalThis;
}

/** How one old queue is adopted. */
interface Way {
  readonly maker: TaskMaker;
  readonly minutes: number | undefined;
  readonly onAdopted: (adopted: AdoptedQueue) => void;
}

/** @throws TypeError for a wrong option */
function wayOf(name: string, { session, onAdopted = warnOfLeft, ...keeping }: AdoptQueueOptions): Way {
  return { maker: new TaskMaker(session, keeping, name), minutes: keeping.maxRetentionTime, onAdopted };
}

/** When one old queue is adopted. */
class Plan {
  readonly #name: string;
  /** That of the passes from now on. */
  way: Way;
  /** The last pass; never rejects. */
  #pass: Promise<unknown> | undefined;

  constructor(name: string, way: Way) {
    this.#name = name;
    this.way = way;
    const scope = globalThis as unknown as WorkerScope;
    scope.addEventListener("activate", (event) => event.waitUntil(this.#adopt()));
    scope.addEventListener("sync", (event) => {
      if (OLD_DATABASES.some((database) => event.tag === `${database}:${name}`))
        event.waitUntil(this.#adopt());
    });
    // What fails now is tried again at the next start.
    atEachStart(scope, () => void this.begun());
  }

  /** A worker may get its first request before it is told that it is active: then the request begins the first pass. */
  begun(): Promise<unknown> {
    return this.#pass ?? this.#adopt().catch((error: unknown) => console.error(error));
  }

  #adopt(): Promise<void> {
    const adopted = this.#adoptAll();
    this.#pass = adopted.catch(() => {});
    return adopted;
  }

  async #adoptAll(): Promise<void> {
    for (const database of OLD_DATABASES) {
      // The worker before this one may not be gone yet.
      const lock = `background-session adopts: ${database} ${this.#name}`;
      await navigator.locks.request(lock, async () => {
        const { maker, minutes, onAdopted } = this.way;
        const adopted = await new Adoption(maker, database, this.#name, minutes).run();
        if (adopted !== undefined) onAdopted(adopted);
      });
    }
  }
}

function warnOfLeft({ left }: AdoptedQueue): void {
  for (const { id, error } of left)
    console.warn(`The waiting request ${id} was left in the old queue. ${error.message}`);
}
