import { realm } from "./realm.ts";

/** Changes to the global object and to prototypes that can be undone. */
export class Globals {
  readonly #undo: (() => void)[] = [];

  /** Defines a global by a getter. */
  define(name: string, get: () => unknown): void {
    this.put(globalThis, name, { get, configurable: true });
  }

  /** Defines a global that each realm has for itself. */
  defineOwn(name: symbol): void {
    this.put(globalThis, name, {
      get: () => realm()?.globals.get(name),
      set: (value: unknown) => void realm()?.globals.set(name, value),
      configurable: true,
    });
  }

  /** Adds a property that is computed. */
  getter<Owner extends object>(owner: Owner, name: string, get: (owner: Owner) => unknown): void {
    this.put(owner, name, {
      get(this: Owner) {
        return get(this);
      },
      configurable: true,
    });
  }

  /** Replaces a property. */
  set(owner: object, name: string, value: unknown): void {
    this.put(owner, name, { value, configurable: true, writable: true });
  }

  /** Puts a property in place of the one that is there. */
  put(owner: object, name: string | symbol, descriptor: PropertyDescriptor): void {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, descriptor);
    this.#undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, before);
    });
  }

  restore(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }
}
