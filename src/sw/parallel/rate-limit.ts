import type { Database } from "../../store/database.ts";
import type { Run } from "../ports/transport.ts";
import { Allowance, rangeBytes } from "./allowance.ts";

type Grant = (bytes: number) => void;

/** The limit of a session: its downloads take turns, in the order in which they began to wait. It lives in memory. */
export class RateLimit {
  readonly #now: () => number;
  readonly #allowance: Allowance;
  readonly #waiting = new Map<Grant, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#allowance = new Allowance(now());
  }

  /** @param rate bytes per second; 0: no limit */
  setRate(rate: number): void {
    this.#allowance.setRate(rate, this.#now());
    this.#serve();
  }

  /**
   * Waits for a turn. Rejects when `signal` is aborted.
   * @returns how many bytes may be asked for, at most `most`
   */
  take(most: number, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const grant = (bytes: number): void => {
        signal.removeEventListener("abort", leave);
        resolve(bytes);
      };
      const leave = (): void => {
        this.#waiting.delete(grant);
        reject(signal.reason);
        this.#serve();
      };
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave);
      this.#waiting.set(grant, most);
      this.#serve();
    });
  }

  /** Less came than was taken. */
  giveBack(bytes: number): void {
    this.#allowance.giveBack(bytes);
    this.#serve();
  }

  #serve(): void {
    clearTimeout(this.#timer);
    for (const [grant, most] of this.#waiting) {
      const waitMs = this.#allowance.waitMs(this.#now());
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#serve(), waitMs);
        return;
      }
      this.#waiting.delete(grant);
      const bytes = Math.min(most, rangeBytes(this.#allowance.rate));
      this.#allowance.take(bytes);
      grant(bytes);
    }
  }
}

/** The limits of the sessions of this worker. */
export class RateLimits {
  readonly #limits = new WeakMap<Database, Map<string, RateLimit>>();

  /** Returns the limit that holds for a run, with the rate of its configuration; undefined if it has none. */
  of({ row: { session }, configuration, host }: Run): RateLimit | undefined {
    const rate = configuration.maximumDownloadRate;
    const bySession = this.#limits.get(host.database) ?? new Map<string, RateLimit>();
    const limit = bySession.get(session) ?? (rate > 0 ? new RateLimit(host.now) : undefined);
    if (limit === undefined) return undefined;
    this.#limits.set(host.database, bySession.set(session, limit));
    limit.setRate(rate);
    return rate > 0 ? limit : undefined;
  }
}
