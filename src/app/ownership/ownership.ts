import type { ScopeNames } from "../../protocol/names.ts";
import { SessionError } from "../../protocol/session-error.ts";
import { pause } from "../pause.ts";
import { RollCall } from "./roll-call.ts";

/** What to do when another realm owns the session (S2). */
export type OnBusy = "observe" | "wait" | "take-over" | "fail";
export type Role = "owner" | "observer";

/** An owner that does not answer for so long is frozen or hung, and loses the session (S10). */
const LIVE_MS = 5_000;
/** An owner that lives answers in milliseconds; whoever opens the session is not kept waiting for longer. */
const BRIEF_MS = 500;
/** A worker lets go of a session once the event in hand has settled, at most 5 s later (S3). */
const GIVE_WAY_MS = 6_000;
/** How often an observer asks whether its owner is alive, at the most. */
const DOUBT_MS = 5_000;

export interface OwnershipOptions {
  readonly names: Pick<ScopeNames, "ownerLock" | "successionLock">;
  readonly identifier: string;
  readonly onBusy: OnBusy;
  /** It may be waited for as long as it takes to be sure that an owner is dead: nobody looks at a launch. */
  readonly isThorough: boolean;
  /** The owner before is gone. */
  readonly onPromotion: () => void;
  /** Another realm took it. */
  readonly onLoss: () => void;
  /** A window wants what this worker has. */
  readonly onGiveWay: () => void;
}

/**
 * Who owns a session: whoever holds its Web Lock, which the browser takes back when a realm dies. From one that is
 * alive but does not move (a frozen or hung page) it is stolen, by one realm at a time.
 */
export class Ownership {
  readonly #options: OwnershipOptions;
  #release = new AbortController();
  #rollCall: RollCall;
  #role: Role = "observer";
  /** Locks held, or asked for. */
  readonly #requests = new Set<Promise<unknown>>();
  #isDoubting = false;
  #mustDoubt = false;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#rollCall = this.#startRollCall();
  }

  /** It waits for the owner to go, however long that takes. */
  get isPatient(): boolean {
    return this.#options.onBusy === "wait";
  }

  get role(): Role {
    return this.#role;
  }

  get #lock(): string {
    const { names, identifier } = this.#options;
    return names.ownerLock(identifier);
  }

  /**
   * Asks for the ownership, and waits for it where that is wished.
   * @throws SessionError `session-in-use` when it is taken and `onBusy` is `"fail"`
   */
  async claim(): Promise<void> {
    const { onBusy } = this.#options;
    if (onBusy === "take-over") await this.#request({ steal: true });
    else if (onBusy === "wait") await this.#waitForIt();
    else if (!(await this.#claimIfFree())) {
      if (onBusy === "fail") throw inUse(this.#options.identifier);
      this.#standInLine();
    }
  }

  /** Finds out whether the owner is alive, and takes its place where it is not. One observer at a time asks. */
  async doubt(): Promise<void> {
    if (this.#isDoubting) this.#mustDoubt = true;
    if (this.#isDoubting || this.#isOwner()) return;
    this.#isDoubting = true;
    const { signal } = this.#release;
    const isOurs = await this.#succeed().catch(() => false);
    if (isOurs && !signal.aborted) this.#options.onPromotion();
    // What comes up meanwhile is asked once, a little later.
    setTimeout(() => {
      this.#isDoubting = false;
      if (this.#mustDoubt && !signal.aborted) void this.doubt();
      this.#mustDoubt = false;
    }, DOUBT_MS);
  }

  /** Lets go, so that the next may have it; also of what is only asked for. Fulfils when it is really free. */
  async release(): Promise<void> {
    await this.#letGo();
    this.#rollCall.sayFree();
    this.#rollCall.close();
  }

  /** The page does nothing for a while: it lets go, or at least does not stand in line. */
  rest({ keepsLock }: { readonly keepsLock: boolean }): void {
    if (this.#isOwner() && keepsLock) return;
    void this.#letGo();
    this.#role = "observer";
    this.#rollCall.close();
  }

  /** The page is back: takes it up again, where no other has it now. */
  async takeUp(): Promise<void> {
    if (!this.#release.signal.aborted) {
      // That another has stolen it is told a few tasks late.
      await navigator.locks.query();
      return;
    }
    this.#release = new AbortController();
    this.#rollCall = this.#startRollCall();
    if (!(await this.#claimIfFree())) this.#standInLine();
  }

  async #letGo(): Promise<void> {
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

  /** Takes it where it is free, where a worker gives way, and where it matters also from an owner that is silent. */
  async #claimIfFree(): Promise<boolean> {
    if (await this.#request({ ifAvailable: true })) return true;
    const mustKnow = this.#options.onBusy === "fail" || this.#options.isThorough;
    const answer = await this.#rollCall.ask(BRIEF_MS);
    if (answer === "giving-way") {
      await this.#rollCall.freed(GIVE_WAY_MS);
      return this.#request({ ifAvailable: true });
    }
    return answer === "none" && mustKnow && (await this.#succeed());
  }

  async #waitForIt(): Promise<void> {
    const granted = this.#queue();
    granted.catch(() => {});
    while (!(await Promise.race([granted, this.#succeed()]))) {
      if (await Promise.race([granted, pause(DOUBT_MS)])) return;
    }
  }

  #standInLine(): void {
    this.#queue()
      .then((isOurs) => isOurs && this.#options.onPromotion())
      .catch(() => {});
    void this.doubt();
  }

  /** Steals it from an owner that does not answer. @returns whether it is ours now */
  #succeed(): Promise<boolean> {
    const { signal } = this.#release;
    const { names, identifier } = this.#options;
    return navigator.locks.request(names.successionLock(identifier), { signal }, async () => {
      // One that rests must not keep the others from asking.
      const answer = this.#isOwner()
        ? "mine"
        : await Promise.race([this.#rollCall.ask(LIVE_MS), untilAborted(signal)]);
      // Another may have become the owner in the last moment.
      if (answer !== "none" || (await this.#rollCall.ask(BRIEF_MS)) !== "none") return false;
      if (signal.aborted || this.#isOwner()) return false;
      return this.#request({ steal: true });
    });
  }

  /** The queue may have come to us meanwhile. */
  #isOwner(): boolean {
    return this.#role === "owner";
  }

  /** Waits in line; a realm that got it in another way meanwhile lets its place in the line pass. */
  #queue(): Promise<boolean> {
    return this.#request({ signal: this.#release.signal });
  }

  /** Fulfils when the lock is held, with false when it was not to be had; it is kept until `release`. */
  #request(options: LockOptions): Promise<boolean> {
    const { signal } = this.#release;
    return new Promise((resolve, reject) => {
      const held = navigator.locks
        .request(this.#lock, options, (lock) => {
          if (lock === null) {
            resolve(false);
            return undefined;
          }
          if (!signal.aborted) this.#becomeOwner();
          resolve(!signal.aborted);
          return untilAborted(signal);
        })
        .catch((error: unknown) => {
          if (this.#isOwner() && !signal.aborted) this.#lost();
          else reject(error);
        })
        .finally(() => this.#requests.delete(held));
      this.#requests.add(held);
    });
  }

  #becomeOwner(): void {
    this.#role = "owner";
    this.#rollCall.sayMine();
  }

  #lost(): void {
    this.#role = "observer";
    this.#options.onLoss();
  }
}

function inUse(identifier: string): SessionError {
  const message = `The session "${identifier}" is owned by another tab. Open it with onBusy: "observe" or "wait".`;
  return new SessionError("session-in-use", message, { identifier });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
