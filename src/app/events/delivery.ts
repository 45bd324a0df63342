import { isQuestion } from "../../protocol/questions.ts";
import { SessionError } from "../../protocol/session-error.ts";
import { outageDelayMs } from "../../protocol/storage-outage.ts";
import type { StoredEvent } from "../../store/outbox.ts";
import { notify, report } from "../report.ts";
import { callFor, isOwed, settlesInTime } from "./event-call.ts";
import { EventOrder, type Lane, move } from "./event-order.ts";
import type { DeliveryOptions, EventCall } from "./event-receiver.ts";
import { OwnersOutbox } from "./owners-outbox.ts";

/** The answers of so many tasks at most are being written: if the page dies meanwhile, their events come again. */
const MAX_RECORDING = 4;

/**
 * Delivers the events in the outbox to the owner's delegate, in order and one at a time:
 *
 *     read → call → fulfilled → acknowledge      (out of the outbox, with the task's earlier ones)
 *                 → rejected  → refuse           (the task's other events wait; again at the next open)
 *                 → silent    → report           (the same; acknowledged if it fulfils after all)
 *                 → set aside                    (the same: it may be waiting for later events)
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #order = new EventOrder();
  readonly #outbox: OwnersOutbox;
  #running: Promise<void> | undefined;
  #isStopped = true;
  #isWanted = false;
  #hasFoundAny = false;
  #isCaughtUp = false;
  /** Ends the wait for the call under way. */
  #passOn: () => void = () => {};
  /** Consecutive runs in which the disk failed. The first is reported, and each is followed by a longer delay. */
  #failures = 0;
  #hasFailed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #drainWaiters: (() => void)[] = [];
  /** The events whose completion handler is not there. */
  readonly #unhandled: StoredEvent[] = [];

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#outbox = new OwnersOutbox(options.database, options.session);
  }

  /** Begins, or begins again; earlier calls of `pump` had no effect. */
  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#isCaughtUp = false;
    this.#hasFoundAny = this.#options.isLaunched;
    this.pump();
  }

  /** The place in the outbox up to which every event was offered or is parked. */
  get offeredUpTo(): number {
    return this.#order.offeredUpTo;
  }

  /** The delegate or a handler has been called and has not answered. */
  get isCalling(): boolean {
    return this.#order.answersIn("calling", "aside").length > 0;
  }

  /** A call that was set aside has not been answered. */
  get isAside(): boolean {
    return this.#order.answersIn("aside").length > 0;
  }

  /** What has been called no longer holds up other tasks' events: it may be waiting for them. */
  setAside(): void {
    this.#order.setAside();
    this.#passOn();
  }

  /** Fulfils when what was set aside has settled, or taken too long, and what waited behind it was offered. */
  async untilNoneAside(): Promise<void> {
    while (this.isAside && !this.#isStopped) {
      if (!(await settlesInTime(Promise.all(this.#order.answersIn("aside"))))) return;
      await this.drained();
    }
  }

  /** Fulfils when everything in the outbox was offered, or delivery has stopped. */
  async drained(): Promise<void> {
    if (this.#isStopped) return;
    this.pump();
    await new Promise<void>((resolve) => this.#drainWaiters.push(resolve));
  }

  /** Offers nothing any more. Fulfils when what has been called has answered, and that is on disk. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#releaseWaiters();
    await this.#running;
    await this.#order.allSettled();
  }

  /** There may be new events. */
  pump(): void {
    this.#isWanted = true;
    if (this.#running || this.#isStopped || this.#retry) return;
    this.#hasFailed = false;
    this.#running = this.#run()
      .catch((error: unknown) => this.#retryLater(error))
      .finally(() => {
        this.#running = undefined;
        if (!this.#hasFailed) this.#failures = 0;
        if (this.#isWanted && !this.#isStopped) this.pump();
      });
  }

  /** Offers events again that were held or parked. */
  release(events: readonly StoredEvent[]): void {
    for (const event of events) this.#order.release(event);
    this.pump();
  }

  /** There is another completion handler: offers the events again that have none. */
  offerUnhandled(): void {
    this.release(this.#unhandled.splice(0));
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      await this.#drain();
      await this.#untilRecording(0);
      // An event may be held while the one before it is still being acknowledged.
      await Promise.all(this.#order.answersIn("held", "parked"));
    }
    if (this.#isStopped) return;
    this.#releaseWaiters();
    // What waits behind a call that was set aside is still to be offered.
    if (this.#isCaughtUp || this.isAside) return;
    this.#isCaughtUp = true;
    if (this.#hasFoundAny) this.#options.onOffered();
  }

  #releaseWaiters(): void {
    for (const resolve of this.#drainWaiters.splice(0)) resolve();
  }

  async #drain(): Promise<void> {
    const order = this.#order;
    while (!this.#isStopped) {
      order.forget();
      let seq = order.cursor;
      const events = await this.#outbox.eventsAfter(seq, this.#isCaughtUp);
      this.#hasFoundAny ||= events.length > 0;
      for (const event of events) {
        // An answer that came late has freed an event that waited: it is read again.
        if (order.cursor !== seq) break;
        seq = order.cursor = event.seq;
        await this.#consider(event).catch((error: unknown) => {
          order.offerAgain(event);
          throw error;
        });
      }
      if (events.length === 0 && order.cursor === seq) return;
    }
  }

  async #consider(event: StoredEvent): Promise<void> {
    const lane = this.#order.laneOf(event);
    if (lane.state === "refusing") await lane.settled;
    if (this.#isStopped) this.#order.goBackTo(event.seq);
    else if (this.#order.admits(event, lane)) await this.#offer(event, lane);
  }

  /** Calls the app; fulfils when it has answered, or need not be waited for. */
  async #offer(event: StoredEvent, lane: Lane): Promise<void> {
    // The answer to one question may have answered this one.
    const row = await this.#outbox.rowOf(event, !isQuestion(event.type));
    // An event is written with the change that it tells of: if the row does not have that, the event is damaged.
    if (row === undefined || !isOwed(event, row)) return void (await this.#outbox.record(event, true));
    const call = await callFor(event, row, this.#options, this.#outbox);
    // Delivery may have stopped while the disk was slow.
    if (this.#isStopped) this.#order.offerAgain(event);
    else if (call === undefined) {
      this.#unhandled.push(event);
      this.#order.refuse(event, lane);
    } else if (!(await this.#call(event, lane, call))) {
      const message = `The app has not settled ${event.type} of task "${row.id}" for 30 s; other tasks go on.`;
      report(new SessionError("timed-out", message, { identifier: row.session, taskId: row.id }));
    }
    await this.#untilRecording(MAX_RECORDING - 1);
  }

  /** @returns whether the call has settled in time, or was set aside, which it may do itself */
  #call(event: StoredEvent, lane: Lane, call: EventCall): Promise<boolean> {
    const passed = new Promise<void>((resolve) => {
      this.#passOn = resolve;
    });
    move(lane, "calling");
    lane.called = event.seq;
    const answer = notify(call);
    const recorded = answer.then((isFulfilled) => this.#record(event, lane, isFulfilled));
    lane.settled = Promise.all([lane.settled, recorded]).then(() => {});
    return settlesInTime(Promise.race([answer, passed]));
  }

  /** Writes the app's answer to disk, while others' events are delivered. Never rejects. */
  async #record(event: StoredEvent, lane: Lane, isFulfilled: boolean): Promise<void> {
    move(lane, isFulfilled ? "acknowledging" : "refusing");
    // If it was set aside, it may have been the last that was waited for.
    if (!this.#isCaughtUp) this.pump();
    try {
      const isSettled = await this.#outbox.record(event, isFulfilled);
      if (!isFulfilled) this.#order.refuse(event, lane);
      else if (lane.called === event.seq) move(lane, "ready");
      if (lane.state === "ready" && this.#order.goBackTo(lane.waiting)) this.pump();
      if (isSettled) this.#options.onSettled(event.taskKey);
    } catch (error) {
      // It stays in the outbox, unless the task's next one takes it along.
      if (lane.called === event.seq) move(lane, "held");
      this.#diskFailed(error);
    }
  }

  /** Fulfils when at most `count` answers are being settled. */
  async #untilRecording(count: number): Promise<void> {
    for (;;) {
      const answers = this.#order.answersIn("acknowledging", "refusing");
      if (answers.length <= count) return;
      await Promise.race(answers);
    }
  }

  /** The disk did not give what was to be delivered: nothing of it is lost. */
  #retryLater(error: unknown): void {
    this.#diskFailed(error);
    if (this.#isStopped) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.pump();
    }, outageDelayMs(this.#failures));
  }

  /** Reports the first of consecutive failures. */
  #diskFailed(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failures += 1;
    if (this.#failures === 1) report(error);
  }
}
