export type Listener = EventListenerOrEventListenerObject;
export type Hear = (event: Event) => void;
/** What is passed to `addEventListener`. */
export type Listening = [type: string, listener: Listener | null | undefined, options?: unknown];

interface Heard {
  readonly type: string;
  readonly listener: Listener;
  readonly isCapture: boolean;
  readonly hear: Hear;
}

/** The listeners of one target. They are called as `around` says. */
export class Listeners {
  readonly #heard: Heard[] = [];
  readonly #around: (call: () => void) => void;

  constructor(around: (call: () => void) => void) {
    this.#around = around;
  }

  /** Takes what `addEventListener` takes. @returns what hears the events; undefined if the listener hears them already */
  add(...[type, listener, options]: Listening): Hear | undefined {
    const { once = false, signal } = Object(options) as AddEventListenerOptions;
    if (!listener || signal?.aborted || this.#indexOf(type, listener, options) >= 0) return undefined;
    const hear = (event: Event): void => {
      if (!this.#heard.includes(heard)) return;
      if (once) this.remove(type, listener, options);
      this.#around(() => (typeof listener === "function" ? listener(event) : listener.handleEvent(event)));
    };
    const heard: Heard = { type, listener, isCapture: isCapturing(options), hear };
    this.#heard.push(heard);
    signal?.addEventListener("abort", () => void this.remove(type, listener, options));
    return hear;
  }

  /** Takes what `removeEventListener` takes. @returns what heard the events */
  remove(...[type, listener, options]: Listening): Hear | undefined {
    const index = this.#indexOf(type, listener, options);
    return index < 0 ? undefined : this.#heard.splice(index, 1)[0]?.hear;
  }

  dispatch(type: string, event: object = {}): void {
    for (const heard of [...this.#heard]) if (heard.type === type) heard.hear({ type, ...event } as Event);
  }

  #indexOf(...[type, listener, options]: Listening): number {
    const isCapture = isCapturing(options);
    return this.#heard.findIndex(
      (heard) => heard.type === type && heard.listener === listener && heard.isCapture === isCapture,
    );
  }
}

function isCapturing(options: unknown): boolean {
  return options === true || Boolean((Object(options) as EventListenerOptions).capture);
}
