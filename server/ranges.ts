import type { IncomingHttpHeaders } from "node:http";
import type { Switches } from "./switches.ts";

/** How a dishonest server reads a range request, and which range it then claims to send. */
export interface RangeTrick {
  /** The request headers that `send` sees. */
  readonly headers: IncomingHttpHeaders;
  /** Replaces the `Content-Range` of a 206. */
  readonly claim: string | undefined;
}

/**
 * The trick that the switch `ranges` selects.
 *
 * A range from 0 is answered honestly, so that a first request with `bytes=0-` gets its file and the trap waits for
 * the resume.
 */
export function rangeTrick(
  mode: NonNullable<Switches["ranges"]>,
  headers: IncomingHttpHeaders,
  sizeBytes: number,
): RangeTrick {
  if (mode === "ignore-if-range") return { headers: { ...headers, "if-range": undefined }, claim: undefined };
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "");
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(range?.[2] ? Number(range[2]) : sizeBytes - 1, sizeBytes - 1);
  if (start === 0 || start > end) return { headers, claim: undefined };
  switch (mode) {
    case "lying":
      return {
        headers: { ...headers, range: `bytes=0-${end - start}` },
        claim: `bytes ${start}-${end}/${sizeBytes}`,
      };
    case "wrong-start":
      return { headers: { ...headers, range: `bytes=${Math.floor(start / 2)}-${end}` }, claim: undefined };
    case "wrong-total":
      return { headers, claim: `bytes ${start}-${end}/${sizeBytes + 1}` };
    default:
      return { headers, claim: undefined };
  }
}
