import { type Realm, realm } from "./realm.ts";

interface Ask {
  readonly name: string;
  readonly mode: "exclusive" | "shared";
  readonly owner: Realm | undefined;
  grant(): void;
  /** Another request stole the lock, or the signal was aborted. */
  fail(error: unknown): void;
}

interface FakeLockInfo extends Pick<Ask, "name" | "mode"> {
  readonly clientId: string;
}

type Callback<Value> = (lock: { readonly name: string } | null) => Value | Promise<Value>;

/** Web Locks: https://w3c.github.io/web-locks/. A realm that dies loses its locks silently. */
export class FakeLocks {
  #held: Ask[] = [];
  #pending: Ask[] = [];
  readonly #clients: Realm[] = [];

  request<Value>(name: string, ...rest: [Callback<Value>] | [LockOptions, Callback<Value>]): Promise<Value> {
    const [options, callback] = rest.length === 1 ? [{} as LockOptions, rest[0]] : rest;
    const own = realm();
    if (own?.isDead) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      const inRealm = (act: () => void): void => {
        if (own === undefined) act();
        else if (!own.isDead) own.run(act);
      };
      const call = (lock: { name: string } | null): Promise<Value> =>
        Promise.resolve().then(() => callback(lock));
      const ask: Ask = {
        name,
        mode: options.mode ?? "exclusive",
        owner: own,
        grant: () => {
          this.#held.push(ask);
          inRealm(() => {
            const settle = (): void => {
              this.#held = this.#held.filter((held) => held !== ask);
              this.#serve();
            };
            call({ name }).then(resolve, reject).finally(settle);
          });
        },
        fail: (error) => inRealm(() => reject(error)),
      };
      setImmediate(() => this.#take(ask, options, () => inRealm(() => call(null).then(resolve, reject))));
    });
  }

  async query(): Promise<{ held: FakeLockInfo[]; pending: FakeLockInfo[] }> {
    const infos = (asks: readonly Ask[]) =>
      asks.map(({ name, mode, owner }) => ({ name, mode, clientId: this.#idOf(owner) }));
    return { held: infos(this.#held), pending: infos(this.#pending) };
  }

  #idOf(owner: Realm | undefined): string {
    if (owner === undefined) return "";
    if (!this.#clients.includes(owner)) this.#clients.push(owner);
    return `client ${this.#clients.indexOf(owner)}`;
  }

  releaseAllOf(dying: Realm): void {
    this.#held = this.#held.filter(({ owner }) => owner !== dying);
    this.#pending = this.#pending.filter(({ owner }) => owner !== dying);
    this.#serve();
  }

  #take(ask: Ask, { ifAvailable, steal, signal }: LockOptions, refuse: () => void): void {
    if (ask.owner?.isDead) return;
    if (signal?.aborted) {
      ask.fail(signal.reason);
      return;
    }
    if (steal) {
      const lost = this.#held.filter(({ name }) => name === ask.name);
      this.#held = this.#held.filter(({ name }) => name !== ask.name);
      for (const other of lost) other.fail(new DOMException("stolen", "AbortError"));
      ask.grant();
    } else if (this.#isFree(ask)) ask.grant();
    else if (ifAvailable) refuse();
    else {
      this.#pending.push(ask);
      signal?.addEventListener("abort", () => {
        if (!this.#pending.includes(ask)) return;
        this.#pending = this.#pending.filter((pending) => pending !== ask);
        ask.fail(signal.reason);
        this.#serve();
      });
    }
  }

  #isFree({ name, mode }: Ask, before: readonly Ask[] = this.#pending): boolean {
    const others = [...this.#held, ...before].filter((other) => other.name === name);
    return others.every((other) => mode === "shared" && other.mode === "shared");
  }

  #serve(): void {
    for (const [index, ask] of [...this.#pending].entries()) {
      const before = this.#pending.slice(0, this.#pending.indexOf(ask));
      if (index < 0 || !this.#isFree(ask, before)) continue;
      this.#pending = this.#pending.filter((pending) => pending !== ask);
      ask.grant();
    }
  }
}
