import type { Plan } from "../decisions/scheduler.ts";

/** Which sessions have work, and whether the worker is needed for it, as of the last plan. */
export class Workload {
  readonly #onChange: () => void;
  /** Undefined until the first plan, so that what an earlier worker left is known to be right or wrong. */
  #busy: ReadonlySet<string> | undefined;
  #isWatched = false;
  #needsWorker = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** The worker has bytes to move. */
  get needsWorker(): boolean {
    return this.#needsWorker;
  }

  /** Something is unfinished that goes on without the app. */
  get hasWork(): boolean {
    return (this.#busy?.size ?? 0) > 0;
  }

  /** Something goes on, or may at any moment. */
  get isWatched(): boolean {
    return this.#isWatched;
  }

  /** Whether a task of the session wants to go on. */
  isBusy(session: string): boolean {
    return this.#busy?.has(session) ?? false;
  }

  follow({ busy, isWatched, needsWorker }: Plan): void {
    const old = this.#busy;
    const isSame = old?.size === busy.size && [...old].every((session) => busy.has(session));
    if (isSame && needsWorker === this.#needsWorker && isWatched === this.#isWatched) return;
    this.#busy = busy;
    this.#isWatched = isWatched;
    this.#needsWorker = needsWorker;
    this.#onChange();
  }

  /** The next plan counts as a change: sync events may have ended meanwhile. */
  forget(): void {
    this.#busy = undefined;
  }
}
