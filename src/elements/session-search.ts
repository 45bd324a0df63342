import type { BackgroundSession } from "../app/index.ts";

/** Nothing tells when a session is opened. */
const LOOK_AGAIN_MS = 200;

/** Looks for a session until it is open. */
export class SessionSearch {
  readonly #onFound: (session: BackgroundSession | undefined) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onFound: (session: BackgroundSession | undefined) => void) {
    this.#onFound = onFound;
  }

  start(find: () => BackgroundSession | undefined): void {
    const session = find();
    const isOpen = session?.getSnapshot().isOpen === true;
    this.#onFound(isOpen ? session : undefined);
    if (!isOpen) this.#timer = setTimeout(() => this.start(find), LOOK_AGAIN_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
