import { aborted } from "../../async/aborted.ts";
import { pause } from "../../async/pause.ts";
import type { ScopeNames } from "../../protocol/names.ts";
import { SessionError } from "../../protocol/session-error.ts";
import { RollCall } from "./roll-call.ts";

/**
 * What `open` does if another tab, or the worker, owns the session: `"observe"` it, `"wait"` until it is free, have it at
 * once (`"take-over"`: the other session object ends with `session-taken-over`), or `"fail"` with `session-in-use`.
 */
export type OnBusy = "observe" | "wait" | "take-over" | "fail";
/** The owner of a session gets its durable events; every other session object observes. */
export type Role = "owner" | "observer";

/** An owner that does not answer for this long is frozen or hung, and loses the session (S10). */
const LIVE_MS = 5_000;
/** An owner that is alive answers in milliseconds: opening a session takes no longer than this. */
const BRIEF_MS = 500;
/** A worker releases a session once the event in hand has settled, at most 5 s later (S3). */
const GIVE_WAY_MS = 6_000;
/** The least time between two questions of an observer whether its owner is alive. */
const DOUBT_MS = 5_000;

export interface OwnershipOptions {
  readonly names: Pick<ScopeNames, "ownerLock" | "successionLock">;
  readonly identifier: string;
  /** `"observer"`: never becomes the owner. */
  readonly onBusy: OnBusy | "observer";
  /** It may take as long as it takes to be sure that an owner is dead: nobody is waiting for a launch. */
  readonly isThorough: boolean;
  /** The owner before is gone, and this realm has become the owner. */
  readonly onPromotion: () => void;
  /** Another realm took the session. */
  readonly onLoss: () => void;
  /** A window wants the session that this worker owns. */
  readonly onGiveWay: () => void;
}

/**
 * Decides who owns a session: the holder of its Web Lock, which the browser releases when a realm dies. If the holder is
 * alive but does not move (a frozen or hung page), the lock is stolen, by one realm at a time.
 */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #lock: string;
  #release = new AbortController();
  #rollCall: RollCall;
  #role: Role = "observer";
  /** Locks that are held or asked for. */
  readonly #requests = new Set<Promise<unknown>>();
  #isDoubting = false;
  #mustDoubt = false;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#lock = options.names.ownerLock(options.identifier);
    this.#rollCall = this.#startRollCall();
  }

  /** `claim()` waits until the owner is gone, however long that takes. */
  get isPatient(): boolean {
    return this.#options.onBusy === "wait";
  }

  get role(): Role {
    return this.#role;
  }

  /**
   * Asks for the ownership, and waits for it if that is wanted.
   * @throws SessionError `session-in-use` if another realm has it and `onBusy` is `"fail"`
   */
  async claim(): Promise<void> {
    const { onBusy, identifier } = this.#options;
    if (this.#isBystander) return;
    if (onBusy === "take-over") await this.#request({ steal: true });
    else if (onBusy === "wait") await this.#waitForLock();
    else if (!(await this.#claimIfFree())) {
      if (onBusy === "fail") throw inUse(identifier);
      this.#queue();
    }
  }

  /** Finds out whether the owner is alive, and takes its place if it is not. One observer at a time asks. */
  async doubt(): Promise<void> {
    if (this.#isDoubting) this.#mustDoubt = true;
    if (this.#isDoubting || this.#isOwner() || this.#isBystander) return;
    this.#isDoubting = true;
    const { signal } = this.#release;
    const isOurs = await this.#succeed().catch(() => false);
    if (isOurs && !signal.aborted) this.#options.onPromotion();
    // Doubts that come up meanwhile are asked about once, a little later.
    setTimeout(() => {
      this.#isDoubting = false;
      if (this.#mustDoubt && !signal.aborted) void this.doubt();
      this.#mustDoubt = false;
    }, DOUBT_MS);
  }

  /** Releases the lock, or gives up asking for it. Fulfils when it is really free. */
  async release(): Promise<void> {
    await this.#abandon();
    this.#rollCall.say({ say: "free" });
    this.#rollCall.close();
  }

  /** The page is idle for a while: it releases the lock, or at least does not wait for it. */
  rest({ keepsLock }: { readonly keepsLock: boolean }): void {
    if (this.#isOwner() && keepsLock) return;
    void this.#abandon();
    this.#role = "observer";
    this.#rollCall.close();
  }

  /** The page is back: it becomes the owner again, unless another realm is now. */
  async takeUp(): Promise<void> {
    if (!this.#release.signal.aborted) {
      // A page hears a few tasks late that its lock was stolen.
      await navigator.locks.query();
      return;
    }
    this.#release = new AbortController();
    this.#rollCall = this.#startRollCall();
    if (!this.#isBystander && !(await this.#claimIfFree())) this.#queue();
  }

  get #isBystander(): boolean {
    return this.#options.onBusy === "observer";
  }

  async #abandon(): Promise<void> {
    this.#release.abort();
    await Promise.all(this.#requests);
  }

  #startRollCall(): RollCall {
    return new RollCall({
      name: this.#lock,
      isOwner: () => this.#isOwner() && !this.#release.signal.aborted,
      onGiveWay: () => this.#options.onGiveWay(),
    });
  }

  /** Takes the lock if it is free, if a worker gives way, and if it matters also from an owner that is silent. */
  async #claimIfFree(): Promise<boolean> {
    if (await this.#request({ ifAvailable: true })) return true;
    const mustKnow = this.#options.onBusy === "fail" || this.#options.isThorough;
    const answer = await this.#rollCall.ask(BRIEF_MS);
    if (answer === "giving-way") {
      await this.#rollCall.hear(GIVE_WAY_MS, ["free"]);
      return this.#request({ ifAvailable: true });
    }
    return answer === "none" && mustKnow && (await this.#succeed());
  }

  async #waitForLock(): Promise<void> {
    const granted = this.#requestInTurn();
    granted.catch(() => {});
    while (!(await Promise.race([granted, this.#succeed()]))) {
      if (await Promise.race([granted, pause(DOUBT_MS)])) return;
    }
  }

  /** Becomes the owner when the lock is free. */
  #queue(): void {
    this.#requestInTurn()
      .then((isOurs) => isOurs && this.#options.onPromotion())
      .catch(() => {});
    void this.doubt();
  }

  /** Steals the lock from an owner that does not answer. @returns whether it is ours now */
  #succeed(): Promise<boolean> {
    const { signal } = this.#release;
    const { names, identifier } = this.#options;
    return navigator.locks.request(names.successionLock(identifier), { signal }, async () => {
      // A page that is idle must not keep others from asking.
      const answer = this.#isOwner()
        ? "mine"
        : await Promise.race([this.#rollCall.ask(LIVE_MS), aborted(signal)]);
      // Another realm may have become the owner at the last moment.
      if (answer !== "none" || (await this.#rollCall.ask(BRIEF_MS)) !== "none") return false;
      if (signal.aborted || this.#isOwner()) return false;
      return this.#request({ steal: true });
    });
  }

  /** A function, since the lock may have been granted while something else was waited for. */
  #isOwner(): boolean {
    return this.#role === "owner";
  }

  #requestInTurn(): Promise<boolean> {
    return this.#request({ signal: this.#release.signal });
  }

  /** Fulfils when the lock is held, or with false if it cannot be had now. It is held until `release`. */
  #request(options: LockOptions): Promise<boolean> {
    const { signal } = this.#release;
    return new Promise((resolve, reject) => {
      const held = navigator.locks
        .request(this.#lock, options, (lock) => {
          const isOurs = lock !== null && !signal.aborted;
          if (isOurs) {
            this.#role = "owner";
            // Another realm may be waiting for the answer of the owner before this one.
            this.#rollCall.say({ say: "mine" });
          }
          resolve(isOurs);
          return lock === null ? undefined : aborted(signal);
        })
        .catch((error: unknown) => {
          if (!this.#isOwner() || signal.aborted) return reject(error);
          // It was stolen.
          this.#role = "observer";
          this.#options.onLoss();
        })
        .finally(() => this.#requests.delete(held));
      this.#requests.add(held);
    });
  }
}

function inUse(identifier: string): SessionError {
  const message = `The session "${identifier}" is owned by another tab. Open it with onBusy: "observe" or "wait".`;
  return new SessionError("session-in-use", message, { identifier });
}
