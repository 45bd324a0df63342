import type { Policy } from "./policies.ts";

/** An outage, and the fleet that meets it. */
export interface Scenario {
  readonly clients: number;
  readonly outageMs: number;
  /** Requests per second that the server can take once it is back; the others are answered with 503. */
  readonly capacity: number;
  /**
   * The Retry-After of each 503, during the outage as well; undefined: the server is then silent, and sends none
   * later.
   */
  readonly retryAfterMs: number | undefined;
  readonly seed: number;
}

export interface Outcome {
  /** Requests in the busiest second after the outage, and during it. */
  readonly peakAfter: number;
  readonly peakDuring: number;
  /** Seconds from the end of the outage until this share is served; null if that takes more than six hours. */
  readonly halfServedSeconds: number | null;
  readonly mostServedSeconds: number | null;
  readonly allServedSeconds: number | null;
  /** Unserved requests for each client. */
  readonly wasted: number;
  /** The share of clients that got more failures in a row than `retry.limit` allows. */
  readonly givenUp: number;
  /** Requests in each second since the beginning of the outage. */
  readonly requests: readonly number[];
}

/** The shares of the clients that were at work when the outage began, and that begin during it. */
const INTERRUPTED = 0.5;
const BEGINNING = 0.2;
/** The other clients come online in the time after the outage. */
const ARRIVALS_MS = 600_000;
const RETRY_LIMIT = 10;
const LOOKED_AT_SECONDS = 6 * 3_600;

/** Lets each client try until it is served, second by second; only the arrival times matter. */
export function simulate(policy: Policy, scenario: Scenario): Outcome {
  const { clients, outageMs, capacity } = scenario;
  const fleet = new Fleet(policy, scenario);
  const requests: number[] = [];
  const served: number[] = [];
  let countServed = 0;
  for (let second = 0; countServed < clients && second < LOOKED_AT_SECONDS; second += 1) {
    const { came, taken } = fleet.pass(second, second * 1_000 < outageMs ? 0 : capacity);
    countServed += taken;
    requests.push(came);
    served.push(countServed);
  }
  const outageSeconds = outageMs / 1_000;
  const until = (share: number): number | null => {
    const second = served.findIndex((count) => count >= clients * share);
    return second < 0 ? null : second - outageSeconds;
  };
  return {
    peakDuring: peakOf(requests.slice(0, outageSeconds)),
    peakAfter: peakOf(requests.slice(outageSeconds)),
    halfServedSeconds: until(0.5),
    mostServedSeconds: until(0.99),
    allServedSeconds: until(1),
    wasted: (requests.reduce((sum, came) => sum + came, 0) - countServed) / clients,
    givenUp: fleet.countOverLimit / clients,
    requests,
  };
}

class Fleet {
  readonly #policy: Policy;
  readonly #retryAfterMs: number | undefined;
  readonly #random: () => number;
  readonly #due: Float64Array;
  readonly #waited: Float64Array;
  readonly #tries: Uint16Array;
  readonly #line: Line;
  countOverLimit = 0;

  constructor(policy: Policy, { clients, outageMs, retryAfterMs, seed }: Scenario) {
    this.#policy = policy;
    this.#retryAfterMs = retryAfterMs;
    this.#random = randomFrom(seed);
    this.#due = new Float64Array(clients);
    this.#waited = new Float64Array(clients);
    this.#tries = new Uint16Array(clients);
    this.#line = new Line(clients);
    for (let client = 0; client < clients; client += 1) {
      const random = this.#random();
      const share = client / clients;
      if (share < INTERRUPTED) this.#come(client, random * 1_000);
      else if (share < INTERRUPTED + BEGINNING) this.#come(client, random * outageMs);
      else this.#come(client, outageMs + random * ARRIVALS_MS);
    }
  }

  /** @returns how many requests arrived in this second, and how many of them were served */
  pass(second: number, places: number): { readonly came: number; readonly taken: number } {
    let [came, taken] = [0, 0];
    for (let client = this.#line.take(second); client >= 0; client = this.#line.take(second)) {
      came += 1;
      if (taken < places) taken += 1;
      else this.#fail(client);
    }
    return { came, taken };
  }

  #fail(client: number): void {
    const now = this.#due[client] as number;
    const tries = (this.#tries[client] as number) + 1;
    this.#tries[client] = tries;
    // Requests without an answer do not count.
    if (tries === RETRY_LIMIT + 1 && this.#retryAfterMs !== undefined) this.countOverLimit += 1;
    const waitedMs = this.#waited[client] as number;
    const retryAfterMs = this.#retryAfterMs ?? 0;
    const next = this.#policy.next({ now, tries, waitedMs, retryAfterMs, random: this.#random });
    this.#waited[client] = next - now;
    this.#come(client, next);
  }

  #come(client: number, timeMs: number): void {
    this.#due[client] = timeMs;
    this.#line.add(client, timeMs);
  }
}

function peakOf(counts: readonly number[]): number {
  return counts.reduce((most, count) => Math.max(most, count), 0);
}

/** The arrivals of each second: a list for each, linked through one array. */
class Line {
  readonly #first: number[] = [];
  readonly #next: Int32Array;

  constructor(clients: number) {
    this.#next = new Int32Array(clients);
  }

  add(client: number, timeMs: number): void {
    const second = Math.floor(timeMs / 1_000);
    this.#next[client] = this.#first[second] ?? -1;
    this.#first[second] = client;
  }

  /** Returns one of the clients that arrive in this second, or −1. */
  take(second: number): number {
    const client = this.#first[second] ?? -1;
    if (client >= 0) this.#first[second] = this.#next[client] as number;
    return client;
  }
}

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
