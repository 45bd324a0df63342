/** The number of cases of a heavy property: a tenth in `npm run check`, any number with `npm run fuzz`. */
export function casesOf(standard: number): number {
  return Math.ceil(standard * Number(process.env.FUZZ_FACTOR ?? 1));
}

/** The same cases each time, so that a failure can be reproduced; another seed finds others. */
export const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** For properties whose every case takes long. */
export const FUZZ_TIMEOUT_MS = 3_600_000;
