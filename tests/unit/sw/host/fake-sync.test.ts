import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { takeClock } from "../../../support/clock.ts";
import { FakeSync, SYNC_OUTCOME, SYNC_STORY } from "./fake-sync.ts";

beforeEach(() => takeClock());
afterEach(() => void vi.useRealTimers());

it("the sync events of our tests are tried as Chromium's are", async () => {
  const outcome: string[] = [];
  const sync = new FakeSync("tag", ({ lastChance, waitUntil }) => {
    const { registersAgain, hasWindow } = SYNC_STORY[outcome.length] ?? {
      registersAgain: false,
      hasWindow: false,
    };
    sync.hasWindow = hasWindow;
    const chance = lastChance ? "the last chance" : "another chance";
    const nth = outcome.push(chance) - 1;
    const work = async (): Promise<void> => {
      const note = (word: string) => {
        outcome[nth] = `${chance}, ${word}`;
      };
      if (registersAgain)
        await sync.register("tag").then(
          () => note("registered"),
          ({ name }) => note(name),
        );
      throw new Error("There is unfinished work.");
    };
    waitUntil(work());
  });
  await sync.register("tag");
  await vi.advanceTimersByTimeAsync(24 * 3_600_000);
  expect(outcome).toEqual(SYNC_OUTCOME);
  expect(sync.isWaking).toBe(false);
});
