import { parseByteSize } from "./byte-size.ts";

/** Random bytes cannot be compressed; text can; a melody can be played. */
export type SampleKind = "random" | "text" | "melody";

/** One entity: the same sample always has the same bytes, and another seed has others of the same length. */
export interface Sample {
  readonly kind: SampleKind;
  readonly sizeBytes: number;
  readonly seed: number;
}

const LARGEST_BYTES = 4 * 2 ** 30;

/**
 * Reads `/files/<size>[.<extension>]`, `/files/text-<size>[.<extension>]` and `/files/melody-<size>[.<extension>]`;
 * `undefined` for other paths.
 */
export function parseSamplePath(path: string, seed: number): Sample | undefined {
  const match = /^\/files\/(?:(text|melody)-)?(\d+(?:\.\d+)?[A-Za-z]+)(?:\.[a-z0-9]+)?$/.exec(path);
  const sizeBytes = match?.[2] === undefined ? undefined : parseByteSize(match[2]);
  if (!match || sizeBytes === undefined || sizeBytes > LARGEST_BYTES) return undefined;
  return { kind: (match[1] as SampleKind | undefined) ?? "random", sizeBytes, seed };
}
