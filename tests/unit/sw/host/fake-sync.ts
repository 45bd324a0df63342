/** How long Chromium waits after the first failed attempt, and how much longer after each further one. */
const FIRST_RETRY_MS = 300_000;
const RETRY_FACTOR = 3;
const MAX_ATTEMPTS = 3;

/** One sync event, as a worker gets it. */
export interface FakeSyncEvent {
  readonly tag: string;
  readonly lastChance: boolean;
  waitUntil(promise: Promise<unknown>): void;
}

/**
 * The sync registration of one tag as Chromium keeps it: an event whose promise rejects is tried three times, and then the
 * registration is gone; one that is registered again while its event is open begins anew. Without a window nobody may
 * register. `lifetime/sync-events` has the real one go through `SYNC_STORY` as well.
 */
export class FakeSync {
  readonly #fire: (event: FakeSyncEvent) => void;
  readonly #tag: string;
  hasWindow = true;
  /** The events so far; true for one that was the last of its registration. */
  readonly events: boolean[] = [];
  #attempts = 0;
  #isFiring = false;
  #isRegisteredAgain = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(tag: string, fire: (event: FakeSyncEvent) => void) {
    this.#tag = tag;
    this.#fire = fire;
  }

  /** Whether an event is open, or will come. */
  get isWaking(): boolean {
    return this.#isFiring || this.#retry !== undefined;
  }

  readonly register = async (tag: string): Promise<void> => {
    if (!this.hasWindow) throw new DOMException("no window", "InvalidAccessError");
    if (tag !== this.#tag) throw new Error(`An unknown tag: ${tag}`);
    if (this.#isFiring) this.#isRegisteredAgain = true;
    else this.#begin();
  };

  #begin(): void {
    this.#attempts = 0;
    this.#fireIn(0);
  }

  #fireIn(delayMs: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#attempt(), delayMs);
  }

  async #attempt(): Promise<void> {
    this.#retry = undefined;
    this.#isFiring = true;
    this.#isRegisteredAgain = false;
    this.#attempts += 1;
    const lastChance = this.#attempts === MAX_ATTEMPTS;
    this.events.push(lastChance);
    const promises: Promise<unknown>[] = [];
    this.#fire({ tag: this.#tag, lastChance, waitUntil: (promise) => promises.push(promise) });
    const isHandled = await Promise.all(promises).then(
      () => true,
      () => false,
    );
    this.#isFiring = false;
    if (this.#isRegisteredAgain) this.#begin();
    else if (!isHandled && !lastChance) this.#fireIn(FIRST_RETRY_MS * RETRY_FACTOR ** (this.#attempts - 1));
  }
}

/** What a worker does in each event of one tag, and whether there is a window then; it rejects every event. */
export const SYNC_STORY = [
  { registersAgain: true, hasWindow: true },
  { registersAgain: true, hasWindow: false },
  { registersAgain: false, hasWindow: false },
  { registersAgain: false, hasWindow: false },
] as const;

/** Which events are the last chance, and what becomes of registering again. */
export const SYNC_OUTCOME = [
  "another chance, registered",
  "another chance, InvalidAccessError",
  "another chance",
  "the last chance",
] as const;
