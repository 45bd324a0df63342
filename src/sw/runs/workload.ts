import type { Plan } from "../decisions/scheduler.ts";

/** Which sessions have work, and whether the worker is needed for it, as of the last plan. */
export class Workload {
  readonly #onChange: () => void;
  /** Undefined until the first plan, so that what an earlier worker left is known to be right or wrong. */
  #busy: ReadonlySet<string> | undefined;
  #asking: ReadonlySet<string> = new Set();
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

  /** Whether a task of the session wants to go on, and none asks the app. */
  isBusy(session: string): boolean {
    return (this.#busy?.has(session) ?? false) && !this.#asking.has(session);
  }

  follow({ busy, asking, needsWorker }: Plan): void {
    const isSame = isEqual(this.#busy, busy) && isEqual(this.#asking, asking);
    if (isSame && needsWorker === this.#needsWorker) return;
    this.#busy = busy;
    this.#asking = asking;
    this.#needsWorker = needsWorker;
    this.#onChange();
  }

  /** The next plan counts as a change: sync events may have ended meanwhile. */
  forget(): void {
    this.#busy = undefined;
  }
}

function isEqual(old: ReadonlySet<string> | undefined, now: ReadonlySet<string>): boolean {
  return old?.size === now.size && [...old].every((session) => now.has(session));
}
