import type { PagePresence } from "../../protocol/commands.ts";

/** A page is there when it answered within this time, not when it is listed (W2). */
const PRESENCE_MS = 20_000;

interface Sighting {
  readonly at: number;
  readonly isVisible: boolean;
  readonly name: string | undefined;
}

/** Which pages answered lately, whether anybody looks at one, and which sessions they own. */
export class Presence {
  readonly #pages = new Map<string, Sighting>();
  /** By session: when an owner last said so. */
  readonly #owners = new Map<string, number>();
  readonly #now: () => number;
  #visibleAt: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#visibleAt = now();
  }

  /** @param page the id of its client; of one that leaves, or has none, it may be the name that it gave itself */
  saw(page: string, { isVisible, isLeaving, owns, page: name }: PagePresence): void {
    const at = this.#now();
    if (isVisible || this.isVisible) this.#visibleAt = at;
    if (isLeaving) this.#forget(page);
    else this.#pages.set(page, { at, isVisible, name });
    for (const session of owns) this.#owners.set(session, at);
    // Whoever asks wants to know of the last seconds.
    for (const [session, time] of this.#owners) {
      if (Math.abs(at - time) > PRESENCE_MS) this.#owners.delete(session);
    }
  }

  #forget(page: string): void {
    for (const [id, { name }] of this.#pages) if (id === page || name === page) this.#pages.delete(id);
  }

  /** Whether a client is a page of this app: it has lately said so, wherever it is. */
  readonly isPage = (client: string): boolean => this.#recent().has(client);

  get isAnyone(): boolean {
    return this.countOfPages > 0;
  }

  get isVisible(): boolean {
    return [...this.#recent().values()].some((sighting) => sighting.isVisible);
  }

  get countOfPages(): number {
    return this.#recent().size;
  }

  /** When a page was last seen to be visible. */
  get visibleAt(): number {
    return this.#visibleAt;
  }

  /** Whether a page has said since `time` that it owns `session`. */
  hasOwnerSince(session: string, time: number): boolean {
    return (this.#owners.get(session) ?? Number.NEGATIVE_INFINITY) >= time;
  }

  #recent(): ReadonlyMap<string, Sighting> {
    const now = this.#now();
    for (const [page, { at }] of this.#pages) {
      // An answer out of the future: the clock was set back since.
      if (Math.abs(now - at) > PRESENCE_MS) this.#pages.delete(page);
    }
    return this.#pages;
  }
}
