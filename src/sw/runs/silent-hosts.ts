import { BACKOFF_BASE_MS } from "../../store/due-time.ts";
import { LONGEST_SILENCE_MS } from "../decisions/silence.ts";

interface Silence {
  /** How often it was tried in a row, one task after the other. */
  readonly tries: number;
  /** When the last try began, or failed. */
  readonly triedAt: number;
  /** How long the others wait after that. */
  readonly delayMs: number;
}

/**
 * The hosts whose last request got no answer. Their tasks that are retried find out one after the other whether they are
 * back: a hundred tasks, each with retries of its own, cost 4 % of a processor core, and are a burden for a server that
 * is starting again. In memory only: each task has its backoff on disk.
 */
export class SilentHosts {
  readonly #silences = new Map<string, Silence>();

  /** When the next task may try each of them. */
  nextTries(now: number): ReadonlyMap<string, number> {
    const tries = new Map<string, number>();
    for (const [host, { triedAt, delayMs }] of this.#silences) {
      // The clock may have been set back since.
      tries.set(host, triedAt > now ? now : triedAt + delayMs);
    }
    return tries;
  }

  /** A task tries it again. Its answer may take long; then the next one tries as well. */
  tried(host: string, now: number): void {
    const silence = this.#silences.get(host);
    if (silence !== undefined)
      this.#silences.set(host, { ...silence, triedAt: now, delayMs: LONGEST_SILENCE_MS });
  }

  /**
   * A request got no answer.
   * @param startedAt when it was made: of several at once, only the first counts
   * @param jitter that of the task's own backoff, so that a task alone waits no longer than it would anyway
   */
  failed(host: string, startedAt: number, now: number, jitter: number): void {
    const { tries = 0, triedAt = Number.NEGATIVE_INFINITY } = this.#silences.get(host) ?? {};
    if (startedAt < triedAt && startedAt <= now) return;
    const longest = Math.min(LONGEST_SILENCE_MS, BACKOFF_BASE_MS * 2 ** tries);
    this.#silences.set(host, { tries: tries + 1, triedAt: now, delayMs: jitter * longest });
  }

  /** @returns whether it was silent */
  answered(host: string): boolean {
    return this.#silences.delete(host);
  }

  /** The network is back. */
  clear(): void {
    this.#silences.clear();
  }
}
