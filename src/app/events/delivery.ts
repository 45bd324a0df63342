import { failureOf, SessionError } from "../../protocol/session-error.ts";
import { outageDelayMs } from "../../protocol/storage-outage.ts";
import { isFinished } from "../../protocol/task-state.ts";
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
import { taskInfoOf } from "../../store/task-info-of.ts";
import { failFinishedTask, readTask } from "../../store/tasks.ts";
import { report } from "../report.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import { BytesLost, readResult, type TaskResult } from "../tasks/task-result.ts";
import { warnOnce } from "../warn.ts";
import type { CompletionHandler, EventInfo, SessionDelegate } from "./delegate.ts";

/** A delegate's promise is waited for this long before other tasks' events go on (E3). */
const PATIENCE_MS = 30_000;
/** So many may have been delivered without being out of the outbox: they come twice where the page dies just then. */
const MAX_LEAVING = 4;
/** A row is believed for so long after it was read. */
const FRESH_MS = 500;
/** Events read at a time. */
const PAGE = 100;

export interface DeliveryOptions {
  readonly database: Database;
  readonly session: string;
  readonly delegate: SessionDelegate;
  readonly completionHandlers: Readonly<Record<string, CompletionHandler>>;
  readonly tasks: TaskRegistry;
  /** The app was launched for the events: it is told that all were offered even where a page was faster (E6). */
  readonly isLaunched: boolean;
  /** Each event that was there at the beginning has been offered, and there was one. */
  readonly onOffered: () => void;
  /** The last event of a task was acknowledged. */
  readonly onSettled: (taskKey: string) => void;
}

/**
 * Delivers the events in the outbox to the owner's delegate, in order and one at a time:
 *
 *     read → call → fulfilled → acknowledge      (out of the outbox)
 *                 → rejected  → refuse           (the task's other events wait; again at the next open)
 *                 → silent    → report           (the same; acknowledged when it fulfils after all)
 *                 → set aside                    (the same: it may be waiting for what comes after it)
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  /** Tasks whose next event is not to be had now: their later events wait behind it. */
  readonly #held = new Set<string>();
  readonly #parked = new Set<string>();
  /** By task: its first event that waits behind one that was refused or has not settled. */
  readonly #waiting = new Map<string, number>();
  /** Offered in this realm and still in the outbox. */
  readonly #offered = new Set<number>();
  /** Taken out since the page of events in hand was read: one that hung may settle while others are offered. */
  readonly #acknowledged = new Set<number>();
  /** By task: its event that was delivered and is being taken out; the next one of the task waits for that. */
  readonly #leaving = new Map<string, Promise<void>>();
  /** Rows of the events in hand, read with them. */
  #freshRows = new Map<string, TaskRow>();
  #readAt = 0;
  readonly #acknowledgements: GroupCommit<StoredEvent, boolean>;
  #isRunning = false;
  #isStopped = true;
  #isWanted = false;
  #after = 0;
  #hasFoundAny = false;
  #isCaughtUp = false;
  #current: Promise<unknown> = Promise.resolve();
  /** Calls of the delegate and of handlers that have not settled. */
  readonly #calls = new Set<Promise<void>>();
  /** Those of them that were set aside. */
  readonly #aside = new Set<Promise<void>>();
  #setCurrentAside: () => void = () => {};
  /** Runs in a row in which the disk failed: it is reported once, and tried ever more seldom. */
  #failures = 0;
  #hasFailed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #drainWaiters = new Set<() => void>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#acknowledgements = new GroupCommit((events) =>
      acknowledgeEvents(options.database, events, Date.now()),
    );
  }

  /** Begins, or begins again; calls of `pump` before had no effect. */
  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#isCaughtUp = false;
    this.#hasFoundAny = this.#options.isLaunched;
    this.pump();
  }

  /** The place in the outbox up to which every event was offered, or is parked. */
  get offeredUpTo(): number {
    return Math.min(this.#after, ...[...this.#waiting.values()].map((seq) => seq - 1));
  }

  /** The delegate or a handler has been called and has not settled. */
  get isCalling(): boolean {
    return this.#calls.size > 0;
  }

  /** A call that was set aside has not settled. */
  get isAside(): boolean {
    return this.#aside.size > 0;
  }

  /** What has been called holds up no other task's events from here on: it may be waiting for them. */
  setAside(): void {
    for (const call of this.#calls) this.#aside.add(call);
    this.#setCurrentAside();
  }

  /** Fulfils when what was set aside has settled, or taken too long, and what waited behind it was offered. */
  async untilNoneAside(): Promise<void> {
    while (this.isAside && !this.#isStopped) {
      if (!(await settlesInTime(Promise.all(this.#aside)))) return;
      await this.drained();
    }
  }

  /** Fulfils when everything that lies in the outbox was offered, or nothing is delivered any more. */
  async drained(): Promise<void> {
    if (this.#isStopped) return;
    this.pump();
    await new Promise<void>((resolve) => this.#drainWaiters.add(resolve));
  }

  /** Nothing is delivered after this. @returns a promise for what has been called already */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#releaseWaiters();
    await this.#current;
    await Promise.all(this.#calls);
    await this.#allTakenOut();
  }

  async #allTakenOut(): Promise<void> {
    while (this.#leaving.size > 0) await Promise.all(this.#leaving.values());
  }

  /** There may be new events. */
  pump(): void {
    this.#isWanted = true;
    if (this.#isRunning || this.#isStopped || this.#retry !== undefined) return;
    this.#isRunning = true;
    this.#hasFailed = false;
    void this.#run()
      .catch((error: unknown) => this.#tryLater(error))
      .finally(() => {
        this.#isRunning = false;
        this.#failures = this.#hasFailed ? this.#failures + 1 : 0;
        if (this.#isWanted && !this.#isStopped) this.pump();
      });
  }

  /** The disk did not give what was to be delivered: nothing of it is lost. */
  #tryLater(error: unknown): void {
    this.#diskFailed(error);
    if (this.#isStopped) return;
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        this.pump();
      },
      outageDelayMs(this.#failures + 1),
    );
  }

  /** Reports the first of all the failures in a row. */
  #diskFailed(error: unknown): void {
    if (!this.#hasFailed && this.#failures === 0) report(error);
    this.#hasFailed = true;
  }

  /** Offers events again that were held, e.g. after `retryParked()`. */
  release(events: readonly StoredEvent[]): void {
    for (const event of events) {
      this.#letGo(event);
      this.#goBackTo(event.seq);
    }
    this.pump();
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      await this.#drain();
      await this.#allTakenOut();
    }
    if (this.#isStopped) return;
    this.#releaseWaiters();
    // What waits behind a call that was set aside is still to be offered.
    if (this.#isCaughtUp || this.isAside) return;
    this.#isCaughtUp = true;
    if (this.#hasFoundAny) this.#options.onOffered();
  }

  #releaseWaiters(): void {
    for (const resolve of this.#drainWaiters) resolve();
    this.#drainWaiters.clear();
  }

  async #drain(): Promise<void> {
    const { database, session } = this.#options;
    for (;;) {
      this.#acknowledged.clear();
      const after = this.#after;
      const { events, rows } = await readEventsWithRows(database, session, after, PAGE);
      this.#freshRows = rows;
      this.#readAt = performance.now();
      // A hung delivery ended meanwhile: its task's events wait at the front.
      if (this.#after !== after) continue;
      for (const event of events) {
        if (this.#isStopped) return;
        this.#after = event.seq;
        this.#hasFoundAny = true;
        await this.#consider(event).catch((error: unknown) => {
          this.#after = event.seq - 1;
          throw error;
        });
        // A hung delivery ended meanwhile and its task's events wait at the front.
        if (this.#after < event.seq) break;
      }
      if (events.length === 0) return;
    }
  }

  async #consider(event: StoredEvent): Promise<void> {
    await this.#leaving.get(event.taskKey);
    if (this.#isStopped) return this.#passBy(event);
    if (this.#offered.has(event.seq) || this.#acknowledged.has(event.seq)) return;
    if (event.isParked) this.#parked.add(event.taskKey);
    if (this.#parked.has(event.taskKey)) return;
    if (this.#held.has(event.taskKey)) {
      if (!this.#waiting.has(event.taskKey)) this.#waiting.set(event.taskKey, event.seq);
      return;
    }
    const offer = this.#offer(event);
    // Whoever waits for its end is not told of a failed disk a second time.
    this.#current = offer.catch(() => {});
    await offer;
  }

  /** Calls the delegate; fulfils when it answered, or when it took too long. */
  async #offer(event: StoredEvent): Promise<void> {
    const row = await this.#rowOf(event);
    // An event is written with the change that finishes its task: of another one it is damaged.
    if (row === undefined || !isFinished(row.state)) {
      await this.#acknowledgements.add(event);
      return;
    }
    const call = await this.#callFor(event, row);
    // The disk was slow, and the session ended meanwhile.
    if (this.#isStopped) return this.#passBy(event);
    this.#offered.add(event.seq);
    this.#held.add(event.taskKey);
    // A name that is missing here stays for a realm that has it.
    if (call === undefined) return;
    if (await settlesInTime(this.#call(event, call))) return;
    const message = `A delegate has not settled ${event.type} of task "${row.id}" for 30 s; other tasks go on.`;
    report(new SessionError("timed-out", message, { identifier: row.session, taskId: row.id }));
  }

  /** Once for each task: its row may be another one after its first event, and after a while. */
  async #rowOf(event: StoredEvent): Promise<TaskRow | undefined> {
    const { session, taskKey } = event;
    // The realm that this one took over from may still be taking out what it had in hand (E4).
    if (!this.#isCaughtUp) return readOwedTask(this.#options.database, event);
    const fresh = performance.now() - this.#readAt < FRESH_MS ? this.#freshRows.get(taskKey) : undefined;
    this.#freshRows.delete(taskKey);
    return fresh ?? readTask(this.#options.database, session, taskKey);
  }

  /** It is offered at the next start. */
  #passBy(event: StoredEvent): void {
    this.#after = Math.min(this.#after, event.seq - 1);
  }

  /** Fulfils when the call has settled, or was set aside, which it may do itself. */
  #call(event: StoredEvent, call: () => unknown): Promise<void> {
    let settled = (): void => {};
    const answer = new Promise<void>((resolve) => {
      settled = resolve;
    });
    this.#calls.add(answer);
    const passed = new Promise<void>((resolve) => {
      this.#setCurrentAside = resolve;
    });
    void this.#answer(event, call).finally(() => {
      this.#calls.delete(answer);
      if (this.#aside.delete(answer)) this.pump();
      settled();
    });
    return Promise.race([answer, passed]);
  }

  /** Never rejects. */
  async #answer(event: StoredEvent, call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      report(error);
      await refuseEvent(this.#options.database, event).catch((failure) => this.#diskFailed(failure));
      return;
    }
    const leaving = this.#takeOut(event).finally(() => this.#leaving.delete(event.taskKey));
    this.#leaving.set(event.taskKey, leaving);
    while (this.#leaving.size >= MAX_LEAVING) await Promise.race(this.#leaving.values());
  }

  /** Others' events are delivered meanwhile. Never rejects. */
  async #takeOut(event: StoredEvent): Promise<void> {
    try {
      const isSettled = await this.#acknowledgements.add(event);
      this.#acknowledged.add(event.seq);
      const waiting = this.#waiting.get(event.taskKey);
      this.#letGo(event);
      if (waiting !== undefined) this.#goBackTo(waiting);
      if (isSettled) this.#options.onSettled(event.taskKey);
    } catch (error) {
      // It stays in the outbox and comes again at the next open.
      this.#diskFailed(error);
    }
  }

  #letGo(event: StoredEvent): void {
    this.#held.delete(event.taskKey);
    this.#parked.delete(event.taskKey);
    this.#waiting.delete(event.taskKey);
    this.#offered.delete(event.seq);
  }

  /** An event that was passed by, and those after it, are looked at again. */
  #goBackTo(seq: number): void {
    if (this.#after < seq) return;
    this.#after = seq - 1;
    this.pump();
  }

  /** Returns what is to be called; undefined where a completion handler of that name is missing in this realm. */
  async #callFor(event: StoredEvent, row: TaskRow): Promise<(() => unknown) | undefined> {
    const { delegate, completionHandlers, tasks, database } = this.#options;
    const task = tasks.handleOf(taskInfoOf(row));
    const info: EventInfo = { eventId: event.eventId, delivery: event.refusals + 1 };
    if (event.type === "didComplete") return () => delegate.didComplete?.(task, task.error, info);
    const result: TaskResult = await readResult(database, row).catch((error: unknown) =>
      damaged(database, row, error),
    );
    if (event.type === "didFinishDownloading") {
      const { file } = result;
      // Without one, didComplete follows and says why.
      return () => file && delegate.didFinishDownloading?.(task, file, info);
    }
    const { handler = "", context = undefined } = row.completion ?? {};
    const call = Object.hasOwn(completionHandlers, handler) ? completionHandlers[handler] : undefined;
    if (call !== undefined) return () => call(result, context as never, info);
    warnOnce(`A result waits for the completion handler "${handler}", which this session does not have.`);
    return undefined;
  }
}

/** Records that the bytes of a finished task cannot be read, so that everybody hears of it. */
async function damaged(database: Database, row: TaskRow, error: unknown): Promise<TaskResult> {
  // Anything else may be better at the next try; what the platform does not take is not.
  const lost =
    error instanceof TypeError
      ? new BytesLost("storage-lost", `The stored answer is damaged: ${error}`)
      : error;
  if (!(lost instanceof BytesLost)) throw lost;
  await failFinishedTask(database, row, failureOf(lost));
  return { error: lost };
}

async function settlesInTime(promise: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, false);
  });
  const isInTime = await Promise.race([promise.then(() => true), timeUp]);
  clearTimeout(timer);
  return isInTime;
}
