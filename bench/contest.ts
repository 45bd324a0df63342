import { progress } from "./progress.ts";

/** Measures once. @returns milliseconds */
type Measure = () => Promise<number>;

export interface ContestOptions {
  /** Rounds that do not count: one by default, and none before a single measurement. */
  readonly warmUps?: number;
  /** Called before each measurement. */
  readonly before?: () => Promise<void>;
}

/** The milliseconds of each contestant, repetition by repetition. */
export type Samples<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/**
 * Measures the contestants in turn, and reverses the order in each repetition: other load on the machine then affects all of them.
 */
export async function contest<Name extends string>(
  title: string,
  repetitions: number,
  contestants: Readonly<Record<Name, Measure>>,
  { warmUps = repetitions > 1 ? 1 : 0, before = async () => {} }: ContestOptions = {},
): Promise<Samples<Name>> {
  const names = Object.keys(contestants) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = -warmUps; round < repetitions; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      await before();
      const value = await contestants[name]();
      if (round >= 0) samples[name].push(value);
      progress(
        `${title} ${round < 0 ? "warm-up" : `${round + 1}/${repetitions}`}: ${name} ${value.toFixed(0)}`,
      );
    }
  }
  return samples;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** How many times faster `ours` was in each repetition. */
export function pairedRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, index) => (theirs[index] ?? Number.NaN) / value);
}
