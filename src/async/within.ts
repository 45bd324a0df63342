import { pause } from "./pause.ts";

/** Fulfils when `promise` does, but after `limitMs` at the latest. */
export async function within(limitMs: number, promise: Promise<unknown>): Promise<void> {
  await Promise.race([promise, pause(limitMs)]);
}
