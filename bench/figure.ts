import { median, pairedRatios } from "./contest.ts";

/** One line of the benchmark: lower is better, and a ratio says how many times better ours is. */
export interface Figure {
  readonly name: string;
  /** The measured quantity, for people. */
  readonly title: string;
  /** How many tasks or MiB, if the same is measured for several amounts. */
  readonly amount?: number;
  readonly unit: "ms" | "s" | "MiB" | "bytes" | "%" | "times";
  readonly ours: number;
  readonly peer: number | null;
  readonly peerName: string | null;
  /** The time of a bare loop without the library, or the number that must not be exceeded. */
  readonly limit: number | null;
  readonly limitName: string | null;
  /** Medians of the paired ratios. */
  readonly ratioToPeer: number | null;
  readonly ratioToLimit: number | null;
  /** The smallest and the largest of the paired ratios. */
  readonly spreadToPeer: readonly [number, number] | null;
  readonly spreadToLimit: readonly [number, number] | null;
  readonly pairs: number;
  readonly goal: string;
  readonly holds: boolean | null;
  /** Further observations. */
  readonly notes: readonly string[];
}

export interface Compared {
  readonly name: string;
  readonly title: string;
  readonly amount?: number;
  readonly unit?: Figure["unit"];
  readonly ours: readonly number[];
  readonly peer?: readonly number[];
  readonly peerName?: string;
  readonly limit?: readonly number[];
  readonly limitName?: string;
  /** The ratios that must at least be reached. */
  readonly goals: { readonly peer?: number; readonly limit?: number };
  readonly notes?: readonly string[];
}

/** Sums up the samples of a contest. */
export function compared({ unit = "ms", goals, notes = [], ...given }: Compared): Figure {
  const toPeer = ratioOf(given.ours, given.peer);
  const toLimit = ratioOf(given.ours, given.limit);
  const reached = [isReached(toPeer.ratio, goals.peer), isReached(toLimit.ratio, goals.limit)];
  return {
    name: given.name,
    title: given.title,
    ...(given.amount !== undefined && { amount: given.amount }),
    unit,
    ours: median(given.ours),
    peer: given.peer === undefined ? null : median(given.peer),
    peerName: given.peerName ?? null,
    limit: given.limit === undefined ? null : median(given.limit),
    limitName: given.limitName ?? null,
    ratioToPeer: toPeer.ratio,
    ratioToLimit: toLimit.ratio,
    spreadToPeer: toPeer.spread,
    spreadToLimit: toLimit.spread,
    pairs: given.ours.length,
    goal: goalText(goals, given),
    holds: reached.every((it) => it === undefined) ? null : reached.every((it) => it !== false),
    notes,
  };
}

/** Says how another peer compares with ours. */
export function besides(who: string, ours: readonly number[], theirs: readonly number[]): string {
  const { ratio, spread } = ratioOf(ours, theirs);
  const [least, most] = spread ?? [];
  return (
    `${who}: ${Math.round(median(theirs))} ms, ours is ${ratio?.toFixed(2)} × as good ` +
    `(${least?.toFixed(2)}–${most?.toFixed(2)})`
  );
}

/** A number that must not exceed `limit`. */
export function bounded(
  given: Pick<Figure, "name" | "title" | "unit" | "ours"> & Partial<Figure> & { readonly limit: number },
): Figure {
  return {
    peer: null,
    peerName: null,
    limitName: "the goal",
    ratioToPeer: given.peer ? given.peer / given.ours : null,
    ratioToLimit: given.limit / given.ours,
    spreadToPeer: null,
    spreadToLimit: null,
    pairs: 1,
    goal: `at most ${Math.round(given.limit * 10) / 10} ${given.unit}`,
    holds: given.ours <= given.limit,
    notes: [],
    ...given,
  };
}

interface Ratio {
  readonly ratio: number | null;
  readonly spread: readonly [number, number] | null;
}

function ratioOf(ours: readonly number[], theirs: readonly number[] | undefined): Ratio {
  if (theirs === undefined) return { ratio: null, spread: null };
  const ratios = pairedRatios(ours, theirs);
  return { ratio: median(ratios), spread: [Math.min(...ratios), Math.max(...ratios)] };
}

/** 0.95 counts as 1. */
function isReached(ratio: number | null, goal: number | undefined): boolean | undefined {
  if (ratio === null || goal === undefined) return undefined;
  return ratio >= (goal === 1 ? 0.95 : goal);
}

function goalText(
  { peer, limit }: Compared["goals"],
  { peerName, limitName }: Pick<Compared, "peerName" | "limitName">,
): string {
  const goals = [
    ...(peer === undefined || peerName === undefined ? [] : [`${peer} × ${peerName}`]),
    ...(limit === undefined || limitName === undefined ? [] : [`${limit} × ${limitName}`]),
  ];
  return goals.join(", ") || "none";
}
