import type { PagePresence } from "../../protocol/commands.ts";

/** A page is present if it has answered within this time, not if the browser lists it (W2). */
const PRESENCE_MS = 20_000;

interface Sighting {
  readonly at: number;
  readonly isVisible: boolean;
  readonly isOnBattery: boolean;
  readonly name: string | undefined;
}

/** Which pages have answered lately, whether one is visible, and which sessions they own. */
export class Presence {
  readonly #pages = new Map<string, Sighting>();
  /** By session: when a page last said that it owns it. */
  readonly #ownedAt = new Map<string, number>();
  readonly #now: () => number;
  #visibleAt: number;
  /** When a page became visible while none was. */
  #shownAt = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#visibleAt = now();
  }

  /** @param page the page's client id; if it leaves or has no client id, it may be the name that it gave itself */
  update(page: string, { isVisible, isLeaving, owns, page: name, isOnBattery = false }: PagePresence): void {
    const at = this.#now();
    const wasVisible = this.isVisible;
    if (isVisible || wasVisible) this.#visibleAt = at;
    if (isLeaving) this.#remove(page);
    else this.#pages.set(page, { at, isVisible, isOnBattery, name });
    if (!wasVisible && this.isVisible) this.#shownAt = at;
    for (const session of owns) this.#ownedAt.set(session, at);
    // Only recent claims are asked for.
    for (const [session, time] of this.#ownedAt) {
      if (Math.abs(at - time) > PRESENCE_MS) this.#ownedAt.delete(session);
    }
  }

  #remove(page: string): void {
    for (const [id, { name }] of this.#pages) if (id === page || name === page) this.#pages.delete(id);
  }

  /** Whether a client is a page of this app: it has said so lately, whether or not it is in the scope. */
  readonly isPage = (client: string): boolean => this.#present().has(client);

  get isAnyone(): boolean {
    return this.countOfPages > 0;
  }

  get isVisible(): boolean {
    return [...this.#present().values()].some((sighting) => sighting.isVisible);
  }

  /** Whether a page says that the device has no mains power. */
  get isOnBattery(): boolean {
    return [...this.#present().values()].some((sighting) => sighting.isOnBattery);
  }

  get countOfPages(): number {
    return this.#present().size;
  }

  /** When a page was last seen to be visible. */
  get visibleAt(): number {
    return this.#visibleAt;
  }

  /** Since when a page has been visible; undefined if none is. */
  get visibleSince(): number | undefined {
    return this.isVisible ? this.#shownAt : undefined;
  }

  /** Whether a page has said since `time` that it owns `session`. */
  hasOwnerSince(session: string, time: number): boolean {
    return (this.#ownedAt.get(session) ?? Number.NEGATIVE_INFINITY) >= time;
  }

  #present(): ReadonlyMap<string, Sighting> {
    const now = this.#now();
    for (const [page, { at }] of this.#pages) {
      // An answer from the future: the clock was set back since.
      if (Math.abs(now - at) > PRESENCE_MS) this.#pages.delete(page);
    }
    return this.#pages;
  }
}
