import { parseByteSize } from "./byte-size.ts";

/** Random bytes cannot be compressed; text can. */
export type SampleKind = "random" | "text";

/** One entity: the same sample always has the same bytes, and another seed has others of the same length. */
export interface Sample {
  readonly kind: SampleKind;
  readonly sizeBytes: number;
  readonly seed: number;
}

const LARGEST_BYTES = 4 * 2 ** 30;

/** Reads `/files/<size>[.<extension>]` and `/files/text-<size>[.<extension>]`; `undefined` for other paths. */
export function parseSamplePath(path: string, seed: number): Sample | undefined {
  const match = /^\/files\/(text-)?(\d+(?:\.\d+)?[A-Za-z]+)(?:\.[a-z0-9]+)?$/.exec(path);
  const sizeBytes = match?.[2] === undefined ? undefined : parseByteSize(match[2]);
  if (!match || sizeBytes === undefined || sizeBytes > LARGEST_BYTES) return undefined;
  return { kind: match[1] ? "text" : "random", sizeBytes, seed };
}
