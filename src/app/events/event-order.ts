import { isQuestion } from "../../protocol/questions.ts";
import type { StoredEvent } from "../../store/outbox.ts";

/** What became of the last event of a task that was looked at. It decides about the task's next event. */
type LaneState =
  /** It is out of the outbox: the next one may be offered. */
  | "ready"
  /** The app has been called and has not answered. */
  | "calling"
  /** The same, but the app may be waiting for events of other tasks. */
  | "aside"
  /** The app has taken it, and it is being taken out of the outbox: the next one may be offered. */
  | "acknowledging"
  /** The app has refused it; that is being written to disk, and decides about the next one. */
  | "refusing"
  /** The app refused it or lacks its handler, or the disk failed: it is offered again at the next `open`. */
  | "held"
  /** The app refused it too often: it is offered again when the app asks for it. */
  | "parked";

/** The one table: the states that may follow each state. Any other move is ignored. */
const FOLLOWING: Record<LaneState, readonly LaneState[]> = {
  ready: ["calling", "held", "parked"],
  calling: ["aside", "acknowledging", "refusing"],
  aside: ["acknowledging", "refusing"],
  acknowledging: ["calling", "ready", "held", "parked"],
  refusing: ["ready", "held"],
  // The disk may fail while the next event is read.
  held: ["calling"],
  parked: [],
};

/** The events of one task, which are offered one after the other. */
export interface Lane {
  state: LaneState;
  /** The last event that was looked at. */
  seq: number;
  /** The last event that the app was called with. */
  called: number;
  /** The first event that waits behind it. */
  waiting: number;
  /** Settles when the app's answers are on disk. */
  settled: Promise<void>;
}

const NEW_LANE: Lane = { state: "ready", seq: 0, called: 0, waiting: Infinity, settled: Promise.resolve() };

export function move(lane: Lane, state: LaneState): void {
  if (FOLLOWING[lane.state].includes(state)) lane.state = state;
}

/** The order in which events are offered: that of the outbox, except that a task's events wait for each other (E3). */
export class EventOrder {
  /** Every event up to here was offered, is parked, or waits in its lane. */
  cursor = 0;
  readonly #lanes = new Map<string, Lane>();
  /** The questions that were not answered: they hold nothing up, since a later event shows that they are over. */
  readonly #unanswered = new Set<number>();

  /** The place in the outbox up to which every event was offered or is parked. */
  get offeredUpTo(): number {
    return Math.min(this.cursor, ...[...this.#lanes.values()].map(({ waiting }) => waiting - 1));
  }

  laneOf({ taskKey }: StoredEvent): Lane {
    const lane = this.#lanes.get(taskKey) ?? { ...NEW_LANE };
    this.#lanes.set(taskKey, lane);
    return lane;
  }

  /** Returns a promise for each lane in one of these states: it settles when the lane's answer is on disk. */
  answersIn(...states: LaneState[]): Promise<void>[] {
    return [...this.#lanes.values()].flatMap(({ state, settled }) =>
      states.includes(state) ? [settled] : [],
    );
  }

  /** No call that is waiting for an answer holds up the events of other tasks. */
  setAside(): void {
    for (const lane of this.#lanes.values()) move(lane, "aside");
  }

  /** The outbox is about to be read: it no longer has the events that have been acknowledged. */
  forget(): void {
    for (const [taskKey, { state }] of this.#lanes) if (state === "ready") this.#lanes.delete(taskKey);
  }

  /** Says whether an event may be offered now. If not, it may wait in its lane. */
  admits({ seq, type, isParked }: StoredEvent, lane: Lane): boolean {
    if (seq <= lane.seq || this.#unanswered.has(seq)) return false;
    if (isParked && isQuestion(type)) return false;
    if (isParked) move(lane, "parked");
    // One that waits is offered first.
    if ((lane.state === "ready" || lane.state === "acknowledging") && seq <= lane.waiting) {
      lane.seq = seq;
      lane.waiting = Infinity;
      return true;
    }
    if (lane.state !== "parked") lane.waiting = Math.min(lane.waiting, seq);
    return false;
  }

  /** Fulfils when every answer of the app is on disk. */
  async allSettled(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ settled }) => settled));
  }

  /** Goes back to an event that was admitted, but not offered. */
  offerAgain(event: StoredEvent): void {
    this.laneOf(event).seq = event.seq - 1;
    this.goBackTo(event.seq);
  }

  /** Goes back to this event. @returns whether it had been passed */
  goBackTo(seq: number): boolean {
    const isBehind = seq <= this.cursor;
    if (isBehind) this.cursor = seq - 1;
    return isBehind;
  }

  /** The app did not take an event: it is offered again at the next `open`. */
  refuse({ seq, type }: StoredEvent, lane: Lane): void {
    if (isQuestion(type)) this.#unanswered.add(seq);
    move(lane, isQuestion(type) ? "ready" : "held");
  }

  /** Has an event offered again that was held or parked. */
  release(event: StoredEvent): void {
    const { state } = this.laneOf(event);
    this.#unanswered.delete(event.seq);
    if (state !== "held" && state !== "parked" && !(state === "ready" && isQuestion(event.type))) return;
    this.#lanes.delete(event.taskKey);
    this.goBackTo(event.seq);
  }
}
