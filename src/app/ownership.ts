import { SessionError } from "../protocol/session-error.ts";

/** What to do when another realm owns the session (S2). */
export type OnBusy = "observe" | "wait" | "take-over" | "fail";
export type Role = "owner" | "observer";

export interface OwnershipOptions {
  readonly lock: string;
  readonly identifier: string;
  readonly onBusy: OnBusy;
  /** The owner before is gone. */
  readonly onPromotion: () => void;
  /** Another realm took it. */
  readonly onLoss: () => void;
}

/** Who owns a session: whoever holds its Web Lock, which the browser takes back when a realm dies. */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #release = new AbortController();
  #role: Role = "observer";
  /** Settles when no lock is held and none is asked for. */
  #over: Promise<unknown> = Promise.resolve();

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  /** It waits for the owner to go, however long that takes. */
  get isPatient(): boolean {
    return this.#options.onBusy === "wait";
  }

  get role(): Role {
    return this.#role;
  }

  /**
   * Asks for the ownership, and waits for it where that is wished.
   * @throws SessionError `session-in-use` when it is taken and `onBusy` is `"fail"`
   */
  async claim(): Promise<void> {
    const { onBusy } = this.#options;
    if (onBusy === "take-over") await this.#request({ steal: true });
    else if (onBusy === "wait") await this.#request({ signal: this.#release.signal });
    else if (!(await this.#request({ ifAvailable: true }))) this.#observe();
  }

  /** Lets go, so that the next may have it; also of what is only asked for. Fulfils when it is really free. */
  async release(): Promise<void> {
    this.#release.abort();
    await this.#over;
  }

  #observe(): void {
    const { identifier, onBusy, onPromotion } = this.#options;
    if (onBusy === "fail") {
      const message = `The session "${identifier}" is owned by another tab. Open it with onBusy: "observe" or "wait".`;
      throw new SessionError("session-in-use", message, { identifier });
    }
    this.#request({ signal: this.#release.signal })
      .then(onPromotion)
      .catch(() => {});
  }

  /** Fulfils when the lock is held, with false when it was not to be had; it is kept until `release`. */
  #request(options: LockOptions): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const held = navigator.locks.request(this.#options.lock, options, (lock) => {
        if (lock === null) {
          resolve(false);
          return undefined;
        }
        this.#role = "owner";
        resolve(true);
        return this.#untilRelease();
      });
      this.#over = held.catch((error: unknown) => {
        if (this.#role === "owner" && !this.#release.signal.aborted) this.#lost();
        else reject(error);
      });
    });
  }

  #lost(): void {
    this.#role = "observer";
    this.#options.onLoss();
  }

  #untilRelease(): Promise<void> {
    const { signal } = this.#release;
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
