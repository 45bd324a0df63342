import { Globals } from "./globals.ts";

/** What Node's timers can do; those of pages are numbers. */
class NodeTimer {
  readonly #id: number;
  readonly #restart: () => void;

  constructor(id: number, restart: () => void) {
    this.#id = id;
    this.#restart = restart;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  refresh(): this {
    this.#restart();
    return this;
  }

  close(): this {
    clearTimeout(this.#id);
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

interface Timer {
  at: number;
  readonly act: () => void;
  readonly everyMs: number | undefined;
}

/** The time of a test: timers and dates go on only if it advances. */
export class Clock {
  #now: number;
  #lastId = 0;
  readonly #timers = new Map<number, Timer>();
  readonly #globals = new Globals();
  readonly #report: (error: unknown) => void;
  /** Whether the timers of the runtime are numbers, as in jsdom. */
  #areNumbers = false;

  /** @param report gets what timers throw: the others go on */
  constructor(now: number, report: (error: unknown) => void) {
    this.#now = now;
    this.#report = report;
  }

  get now(): number {
    return this.#now;
  }

  install(): void {
    const real: unknown = setTimeout(() => {});
    clearTimeout(real as number);
    this.#areNumbers = typeof real === "number";
    const clear = (id: unknown): void => void this.#timers.delete(Number(id));
    const timers = {
      setTimeout: this.#setter(false),
      setInterval: this.#setter(true),
      clearTimeout: clear,
      clearInterval: clear,
    };
    for (const [name, value] of Object.entries(timers)) this.#globals.set(globalThis, name, value);
    this.#globals.set(globalThis, "Date", this.#dates(Date));
    this.#globals.set(performance, "now", () => this.#now);
  }

  uninstall(): void {
    this.#timers.clear();
    this.#globals.restore();
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
      this.#ring(timer);
      await flush();
    }
    this.#now = end;
    await flush();
  }

  #ring({ act }: Timer): void {
    try {
      act();
    } catch (error) {
      this.#report(error);
    }
  }

  #setter(repeats: boolean) {
    return (act: (...values: unknown[]) => void, delayMs?: number, ...values: unknown[]): unknown => {
      this.#lastId += 1;
      const id = this.#lastId;
      const waitMs = Number(delayMs) || 0;
      const everyMs = repeats ? waitMs : undefined;
      const start = (): void =>
        void this.#timers.set(id, { at: this.#now + waitMs, act: () => act(...values), everyMs });
      start();
      return this.#areNumbers ? id : new NodeTimer(id, start);
    };
  }

  /** `Date`, for which it is now what the clock says. What it makes are ordinary dates. */
  #dates(real: DateConstructor): DateConstructor {
    const now = (): number => this.#now;
    return new Proxy(real, {
      get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
      apply: (target) => new target(now()).toString(),
      construct: (target, values, asked) =>
        Reflect.construct(target, values.length === 0 ? [now()] : values, asked),
    });
  }
}
