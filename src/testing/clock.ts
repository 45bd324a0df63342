interface Timer {
  at: number;
  readonly act: () => void;
  readonly everyMs: number | undefined;
}

const TAKEN = ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] as const;

/** The time of a test: timers and dates go on only if it advances. */
export class Clock {
  #now: number;
  #lastId = 0;
  readonly #timers = new Map<number, Timer>();
  readonly #undo: (() => void)[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now;
  }

  install(): void {
    const globals: Record<(typeof TAKEN)[number], unknown> = {
      setTimeout: this.#setter(false),
      setInterval: this.#setter(true),
      clearTimeout: (id: unknown) => void this.#timers.delete(Number(id)),
      clearInterval: (id: unknown) => void this.#timers.delete(Number(id)),
    };
    for (const name of TAKEN) this.#take(globalThis, name, globals[name]);
    this.#take(Date, "now", () => this.#now);
    this.#take(performance, "now", () => this.#now);
  }

  uninstall(): void {
    this.#timers.clear();
    for (const undo of this.#undo.splice(0)) undo();
  }

  /** Advances by `ms`, timer by timer; `flush` lets what follows from one happen before the next. */
  async advance(ms: number, flush: () => Promise<void>): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (next === undefined) break;
      const [id, timer] = next;
      this.#now = Math.max(this.#now, timer.at);
      if (timer.everyMs === undefined) this.#timers.delete(id);
      else timer.at += Math.max(1, timer.everyMs);
      timer.act();
      await flush();
    }
    this.#now = end;
    await flush();
  }

  #setter(repeats: boolean) {
    return (act: (...values: unknown[]) => void, delayMs = 0, ...values: unknown[]): number => {
      this.#lastId += 1;
      const everyMs = repeats ? delayMs : undefined;
      this.#timers.set(this.#lastId, { at: this.#now + delayMs, act: () => act(...values), everyMs });
      return this.#lastId;
    };
  }

  #take(owner: object, name: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
    this.#undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, before);
    });
  }
}
