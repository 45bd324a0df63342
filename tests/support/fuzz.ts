/** How many cases a heavy property runs: a tenth in `npm run check`, as many as are asked for with `npm run fuzz`. */
export function casesOf(standard: number): number {
  return Math.ceil(standard * Number(process.env.FUZZ_FACTOR ?? 1));
}

/** The same cases each time, so that a failure is there again; another seed finds others. */
export const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** For properties of which every single case takes its time. */
export const FUZZ_TIMEOUT_MS = 3_600_000;
