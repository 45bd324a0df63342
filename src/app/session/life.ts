import { SessionError } from "../../protocol/session-error.ts";

/**
 * The life of a session object: `opening` until `open()` fulfils, `open` until its delegate may be called,
 * `receiving` until it begins to close, `closing` until it has given up everything.
 */
export type LifeState = "opening" | "open" | "receiving" | "closing" | "gone";
export type LifeEvent = "opened" | "begin" | "close" | "closed";

/** What an event makes of a state; an event that is missing changes nothing. */
export const LIFE: Readonly<Record<LifeState, Readonly<Partial<Record<LifeEvent, LifeState>>>>> = {
  opening: { opened: "open", close: "closing" },
  open: { begin: "receiving", close: "closing" },
  receiving: { close: "closing" },
  closing: { closed: "gone" },
  gone: {},
};

/** The state of a session object, and the reason if it is over. */
export class Life {
  readonly #identifier: string;
  readonly #onChange: () => void;
  #state: LifeState = "opening";
  /** Why it is over, if it was not closed. */
  reason: SessionError | undefined;
  #fulfilBegun = (): void => {};
  /** Fulfils when the delegate may be called, or never will be. */
  readonly begun: Promise<void> = new Promise((resolve) => {
    this.#fulfilBegun = resolve;
  });

  readonly #closed = new AbortController();

  /** @param onChange called after each change of the state */
  constructor(identifier: string, onChange: () => void = () => {}) {
    this.#identifier = identifier;
    this.#onChange = onChange;
  }

  get state(): LifeState {
    return this.#state;
  }

  /** The app has it, and may use it. */
  get isOpen(): boolean {
    return this.#state === "open" || this.#state === "receiving";
  }

  get isOver(): boolean {
    return this.#state === "closing" || this.#state === "gone";
  }

  /** Aborted when nothing more may be asked of the daemon. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  close(reason: SessionError | undefined): void {
    if (this.isOver) return;
    this.reason = reason;
    this.on("close");
  }

  abort(): void {
    this.#closed.abort();
  }

  /** @returns false if the event changes nothing */
  on(event: LifeEvent): boolean {
    const next = LIFE[this.#state][event];
    if (next === undefined) return false;
    this.#state = next;
    if (event === "begin" || event === "closed") this.#fulfilBegun();
    this.#onChange();
    return true;
  }

  /** @throws SessionError if the session is over */
  check(): void {
    if (!this.isOpen) throw this.invalidated();
  }

  invalidated(): SessionError {
    const identifier = this.#identifier;
    const why = this.reason?.message ?? `The session "${identifier}" was closed.`;
    const message = `${why} This object is of no use any more; open the session again.`;
    return new SessionError("session-invalidated", message, { identifier });
  }
}
