import { within } from "../../async/within.ts";
import {
  type BackgroundFetchRegistration,
  type CarriedTask,
  FETCH_PREFIX,
  tasksInFetchId,
} from "../../protocol/background-fetch.ts";
import { areCarriedTasks } from "../../protocol/commands.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import { carriedBy } from "./handover.ts";

/** The browser lists its registrations at once. If it does not, the daemon goes on without the list. */
const LOOK_MS = 2_000;

export interface CarriedTasksOptions {
  readonly host: DaemonHost;
  /** Every unfinished task, by key. */
  readonly rows: ReadonlyMap<string, TaskRow>;
  /** Returns the facts of the task's run; undefined if none is going on. */
  readonly factsOf: (key: string) => LiveFacts | undefined;
  readonly change: (
    session: string,
    key: string,
    change: (row: TaskRow) => TaskRow,
  ) => Promise<TaskRow | undefined>;
  readonly stopRun: (session: string, key: string) => void;
  /** A registration has ended, or is no longer needed. */
  readonly onEnded: () => void;
}

/** The tasks in each registration of Background Fetch, from its start until the last of them has left it. */
export class CarriedTasks {
  readonly #options: CarriedTasksOptions;
  readonly #untaken = new Set<() => void>();

  constructor(options: CarriedTasksOptions) {
    this.#options = options;
  }

  /** The browser has begun to fetch these tasks, or the rest of them. */
  async carry(id: string, tasks: readonly CarriedTask[]): Promise<void> {
    const shared = tasks.length > 1 ? { isShared: true as const } : {};
    await Promise.all(tasks.map((task) => this.#carry(id, task, shared)));
    if (!this.isNeeded(id)) await this.#end(id);
  }

  /** Takes up registrations whose start was not announced, so that nothing is fetched twice. */
  async adoptAll(): Promise<void> {
    const { fetches, log } = this.#options.host;
    const adopting = fetches.ids().then((ids) => Promise.all(ids.map((id) => this.#adopt(id))));
    await within(LOOK_MS, adopting).catch((error: unknown) => {
      log({ level: "error", message: `Background fetches could not be looked up: ${error}` });
    });
  }

  async #adopt(id: string): Promise<void> {
    const tasks = tasksInFetchId(id);
    if (!id.startsWith(FETCH_PREFIX) || this.isNeeded(id) || !areCarriedTasks(tasks)) return;
    // Some of its tasks are finished: the browser would send their requests again.
    const isLate = tasks.some(({ key }) => !this.#options.rows.has(key));
    await (isLate ? this.#end(id) : this.carry(id, tasks));
  }

  async #carry(id: string, task: CarriedTask, shared: { isShared?: true }): Promise<void> {
    const { host, rows, change, factsOf, stopRun } = this.#options;
    const { session, key, start, reason } = task;
    const known = rows.get(key);
    // Its start is announced twice; or the worker fetches it in several ranges by now.
    if (known?.backgroundFetch?.id === id || known?.file?.ranges !== undefined) return;
    const received = factsOf(key)?.bytesReceived;
    const carrier = { id, start, reason, startedAt: host.now(), ...shared };
    const row = await change(session, key, (current) => carriedBy(current, task, carrier, received));
    // A stalled run would only notice its new limit with its next byte.
    const isThere = received !== undefined && received >= start;
    if (isThere && row?.backgroundFetch?.id === id) stopRun(session, key);
  }

  /** Whether a task waits for this registration. */
  isNeeded(id: string): boolean {
    return [...this.#options.rows.values()].some(({ backgroundFetch }) => backgroundFetch?.id === id);
  }

  /** Fulfils when every task has taken what the registration brought, or with `over`: it can be read until then. */
  async giveOut({ id, failureReason }: BackgroundFetchRegistration, over: Promise<unknown>): Promise<void> {
    // It may have ended before its start was announced.
    if (failureReason !== "aborted") await this.adoptAll();
    await Promise.race([this.#untilTaken(id), over]);
    this.#options.host.fetches.forget(id);
  }

  async #untilTaken(id: string): Promise<void> {
    while (this.isNeeded(id)) await new Promise<void>((resolve) => this.#untaken.add(resolve));
  }

  /** A task has left a registration, which ends with its last task. Fulfils when it has ended; never rejects. */
  async left(id: string | undefined): Promise<void> {
    if (id === undefined || this.isNeeded(id)) return;
    for (const release of this.#untaken) release();
    this.#untaken.clear();
    const ended = this.#end(id);
    this.#options.onEnded();
    await ended;
  }

  #end(id: string): Promise<void> {
    const { fetches, log } = this.#options.host;
    return fetches.abort(id).catch((error: unknown) => {
      log({ level: "error", message: `A background fetch could not be ended: ${error}` });
    });
  }
}
