import type { TestServer } from "../../server/server.ts";
import { rangesAsked } from "./ranges-asked.ts";

/** A checkpoint is due after this many bytes (D2). */
const CHECKPOINT_BYTES = 8 * 1024 * 1024;

/** What the server counts as sent and a slow browser has not read yet: as much as Linux keeps for a connection. */
export const ON_THE_WAY_BYTES = 4 * 1024 * 1024;

/** The most that one kill may cost. */
export const MOST_SENT_AGAIN_BYTES = CHECKPOINT_BYTES + ON_THE_WAY_BYTES;

/** For each request after the first: how many of its bytes the server had already sent. */
export function bytesSentAgain(site: TestServer, path: string): number[] {
  const starts = rangesAsked(site, path).map((start) => start ?? 0);
  const ends = site.requests(path).map(({ bodyBytesSent }, index) => (starts[index] ?? 0) + bodyBytesSent);
  return starts.slice(1).map((start, index) => (ends[index] ?? 0) - start);
}
