import { afterEach, describe, expect, it, vi } from "vitest";
import { askForPersistence } from "../../../../src/app/session/persistence.ts";
import { takeClock } from "../../../support/clock.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { macrotasks } from "../../../support/fake-world.ts";

describe("the browser is asked to keep the data (X6)", () => {
  const newDatabase = useDatabases();
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  function storage(isPersisted: boolean, answer: Promise<boolean> = Promise.resolve(false)) {
    const persist = vi.fn(() => answer);
    vi.stubGlobal("navigator", { storage: { persist, persisted: async () => isPersisted } });
    return persist;
  }

  it("once, whatever it answers", async () => {
    const persist = storage(false);
    const database = newDatabase();
    for (let count = 0; count < 3; count += 1) await askForPersistence(database);
    expect(persist).toHaveBeenCalledTimes(1);
  });

  it("not if it does so already, or cannot", async () => {
    const persist = storage(true);
    await askForPersistence(newDatabase());
    expect(persist).not.toHaveBeenCalled();
    vi.stubGlobal("navigator", {});
    await expect(askForPersistence(newDatabase())).resolves.toBeUndefined();
  });

  it("without waiting for ever for a user who does not answer", async () => {
    takeClock();
    storage(false, new Promise(() => {}));
    const asked = vi.fn();
    void askForPersistence(newDatabase()).then(asked);
    await macrotasks(50);
    expect(asked).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(asked).toHaveBeenCalled();
  });
});
