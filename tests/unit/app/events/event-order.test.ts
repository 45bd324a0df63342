import { beforeEach, describe, expect, it } from "vitest";
import { EventOrder, type Lane, move } from "../../../../src/app/events/event-order.ts";
import type { StoredEvent } from "../../../../src/store/outbox.ts";

type State = Lane["state"];

const STATES: readonly State[] = ["ready", "calling", "aside", "acknowledging", "refusing", "held", "parked"];

/** How each state is reached from "ready". */
const WAY_TO: Record<State, readonly State[]> = {
  ready: [],
  calling: ["calling"],
  aside: ["calling", "aside"],
  acknowledging: ["calling", "acknowledging"],
  refusing: ["calling", "refusing"],
  held: ["held"],
  parked: ["parked"],
};

/** The moves that there are. */
const MOVES: Record<State, readonly State[]> = {
  ready: ["calling", "held", "parked"],
  calling: ["aside", "acknowledging", "refusing"],
  aside: ["acknowledging", "refusing"],
  acknowledging: ["calling", "ready", "held", "parked"],
  refusing: ["ready", "held"],
  held: ["calling"],
  parked: [],
};

function event(seq: number, taskKey = "a", change: Partial<StoredEvent> = {}): StoredEvent {
  return { seq, taskKey, session: "session", eventId: `${seq}`, type: "didComplete", refusals: 0, ...change };
}

const QUESTION = { type: "didReceiveChallenge" } as const;

describe("the order of events", () => {
  let order: EventOrder;
  beforeEach(() => {
    order = new EventOrder();
  });

  /** A lane whose last event is in this state. */
  function laneIn(state: State, taskKey = "a"): Lane {
    const lane = order.laneOf(event(1, taskKey));
    expect(order.admits(event(1, taskKey), lane)).toBe(true);
    for (const next of WAY_TO[state]) move(lane, next);
    expect(lane.state).toBe(state);
    return lane;
  }

  it.each(STATES.flatMap((from) => STATES.map((to) => [from, to] as const)))("%s → %s", (from, to) => {
    const lane = laneIn(from);
    move(lane, to);
    expect(lane.state).toBe(MOVES[from].includes(to) ? to : from);
  });

  it.each(STATES)("after an event that is %s, the task's next one may be offered or waits", (state) => {
    const lane = laneIn(state);
    order.cursor = 2;
    const isOffered = state === "ready" || state === "acknowledging";
    expect(order.admits(event(2), lane)).toBe(isOffered);
    // What waits behind a parked event is not to be offered at all.
    expect(order.offeredUpTo).toBe(isOffered || state === "parked" ? 2 : 1);
  });

  it("an event that was admitted is not admitted again, and one behind it neither", () => {
    const lane = order.laneOf(event(5));
    expect(order.admits(event(5), lane)).toBe(true);
    expect(order.admits(event(5), lane)).toBe(false);
    expect(order.admits(event(4), lane)).toBe(false);
    expect(order.admits(event(6), lane)).toBe(true);
  });

  it("tasks do not wait for each other", () => {
    laneIn("held", "a");
    const other = order.laneOf(event(2, "b"));
    expect(order.admits(event(2, "b"), other)).toBe(true);
    expect(order.laneOf(event(3, "b"))).toBe(other);
  });

  it("the first event that waits says what was offered, and nothing does once it was offered", () => {
    const lane = laneIn("calling");
    for (const seq of [3, 4]) expect(order.admits(event(seq), lane)).toBe(false);
    order.cursor = 4;
    expect([lane.waiting, order.offeredUpTo]).toEqual([3, 2]);
    move(lane, "acknowledging");
    expect(order.admits(event(3), lane)).toBe(true);
    expect(order.offeredUpTo).toBe(4);
  });

  it("a parked event parks its task, but a parked question does not", () => {
    const lane = order.laneOf(event(1));
    expect(order.admits(event(1, "a", { isParked: true }), lane)).toBe(false);
    expect(lane.state).toBe("parked");
    const asked = order.laneOf(event(2, "b"));
    expect(order.admits(event(2, "b", { ...QUESTION, isParked: true }), asked)).toBe(false);
    expect([asked.state, asked.waiting]).toEqual(["ready", Infinity]);
    expect(order.admits(event(3, "b"), asked)).toBe(true);
  });

  it("an event that is refused holds its task, but a question does not, and is not asked again", () => {
    const lane = laneIn("refusing");
    order.refuse(event(1), lane);
    expect(lane.state).toBe("held");
    const asked = order.laneOf(event(2, "b"));
    expect(order.admits(event(2, "b", QUESTION), asked)).toBe(true);
    for (const next of WAY_TO.refusing) move(asked, next);
    order.refuse(event(2, "b", QUESTION), asked);
    expect(asked.state).toBe("ready");
    order.forget();
    expect(order.admits(event(2, "b", QUESTION), order.laneOf(event(2, "b")))).toBe(false);
    expect(order.admits(event(3, "b"), order.laneOf(event(2, "b")))).toBe(true);
  });

  it.each(STATES)("an event that is %s may be released, if it was held or parked", (state) => {
    const lane = laneIn(state);
    order.cursor = 9;
    order.release(event(1));
    const isReleased = state === "held" || state === "parked";
    expect(order.cursor).toBe(isReleased ? 0 : 9);
    expect(order.laneOf(event(1)) === lane).toBe(!isReleased);
  });

  it.each(STATES)("a question whose task is %s may be released, unless it is being answered", (state) => {
    const lane = laneIn(state);
    order.cursor = 9;
    order.release(event(1, "a", QUESTION));
    const isReleased = state === "ready" || state === "held" || state === "parked";
    expect([order.cursor, order.laneOf(event(1)) === lane]).toEqual(isReleased ? [0, false] : [9, true]);
  });

  it("a question that was refused may be released, and is asked again", () => {
    const lane = order.laneOf(event(1));
    expect(order.admits(event(1, "a", QUESTION), lane)).toBe(true);
    for (const next of WAY_TO.refusing) move(lane, next);
    order.refuse(event(1, "a", QUESTION), lane);
    order.cursor = 9;
    order.release(event(1, "a", QUESTION));
    expect(order.cursor).toBe(0);
    expect(order.admits(event(1, "a", QUESTION), order.laneOf(event(1)))).toBe(true);
  });

  it("forgets the tasks whose last event is out of the outbox", () => {
    const lanes = STATES.map((state) => [state, laneIn(state, state)] as const);
    order.forget();
    for (const [state, lane] of lanes) expect(order.laneOf(event(1, state)) === lane).toBe(state !== "ready");
  });

  it("goes back only to what it has passed", () => {
    order.cursor = 5;
    expect([order.goBackTo(6), order.cursor]).toEqual([false, 5]);
    expect([order.goBackTo(5), order.cursor]).toEqual([true, 4]);
    expect([order.goBackTo(2), order.cursor]).toEqual([true, 1]);
    expect([order.goBackTo(Infinity), order.cursor]).toEqual([false, 1]);
  });

  it("what has been called can be set aside and waited for", async () => {
    const lanes = STATES.map((state) => laneIn(state, state));
    expect(order.answersIn("calling")).toHaveLength(1);
    expect(order.answersIn("calling", "aside", "acknowledging", "refusing")).toHaveLength(4);
    const answer = Promise.resolve();
    for (const lane of lanes) lane.settled = answer;
    expect(order.answersIn("held")[0]).toBe(answer);
    order.setAside();
    expect(lanes.map(({ state }) => state)).toEqual([
      "ready",
      "aside",
      "aside",
      "acknowledging",
      "refusing",
      "held",
      "parked",
    ]);
  });
});
