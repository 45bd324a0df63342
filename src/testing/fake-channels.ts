import { Listeners, type Listening } from "./listeners.ts";
import { type Realm, realm } from "./realm.ts";

/** A `BroadcastChannel`; a realm that dies hears and sends nothing more. */
export class FakeChannel {
  readonly owner: Realm | undefined;
  readonly #all: Set<FakeChannel>;
  readonly #uncaught: unknown[];
  readonly #listeners = new Listeners((call) => call());
  onmessage: ((event: { data: unknown }) => void) | undefined;

  constructor(all: Set<FakeChannel>, owner: Realm | undefined, uncaught: unknown[]) {
    this.owner = owner;
    this.#all = all;
    this.#uncaught = uncaught;
    all.add(this);
  }

  postMessage(data: unknown): void {
    if (this.owner?.isDead) return;
    if (!this.#all.has(this)) throw new DOMException("The channel is closed.", "InvalidStateError");
    const copy = structuredClone(data);
    for (const channel of this.#all) {
      if (channel !== this) setImmediate(() => channel.#receive(copy));
    }
  }

  close(): void {
    this.#all.delete(this);
  }

  addEventListener(...listening: Listening): void {
    this.#listeners.add(...listening);
  }

  removeEventListener(...listening: Listening): void {
    this.#listeners.remove(...listening);
  }

  #receive(data: unknown): void {
    if (!this.#all.has(this) || this.owner?.isDead) return;
    const hear = (): void => {
      this.onmessage?.({ data });
      this.#listeners.dispatch("message", { data });
    };
    try {
      if (this.owner === undefined) hear();
      else this.owner.run(hear);
    } catch (error) {
      this.#uncaught.push(error);
    }
  }
}

/** A `MessageChannel` with two ports; the realm that made the channel hears what arrives at the first, wherever the second one was sent. */
export class FakeMessageChannel {
  readonly port1: { onmessage?: (event: { data: unknown }) => void; close(): void };
  readonly port2: { postMessage(data: unknown): void };

  constructor() {
    const own = realm();
    let isOpen = true;
    const port1: FakeMessageChannel["port1"] = {
      close: () => {
        isOpen = false;
      },
    };
    const hear = (data: unknown): void => {
      if (!isOpen || own?.isDead) return;
      const call = (): void => port1.onmessage?.({ data });
      if (own === undefined) call();
      else own.run(call);
    };
    this.port1 = port1;
    this.port2 = { postMessage: (data) => void setImmediate(hear, structuredClone(data)) };
  }
}
