import type { UploadPartRow } from "../../store/schema.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { MIN_CHUNK_BYTES } from "./chunk-size.ts";
import type { Chunk, Has } from "./dialect.ts";

/** Returns why the server's count is wrong, or too small. @param chunk what the request appended, if anything */
export function countProblem(
  { offset, isComplete }: Has,
  part: UploadPartRow,
  chunk: Chunk | undefined,
): Outcome | string | undefined {
  if (offset === undefined) return undefined;
  const sent = Math.min(part.reach, part.end - part.start);
  if (offset > sent) {
    // It would leave a gap, or belongs to another upload.
    const reason = `the server says that it has ${offset} bytes where at most ${sent} were sent`;
    return { kind: "restart", reason, isUnranged: false };
  }
  if (chunk === undefined || isComplete) return undefined;
  const { size } = chunk.content;
  const taken = offset - part.offset;
  // A chunk is empty if the server has the whole body but does not say so.
  return taken < Math.max(1, Math.min(size, MIN_CHUNK_BYTES))
    ? `${Math.max(0, taken)} of the ${size} bytes of a chunk were taken`
    : undefined;
}
