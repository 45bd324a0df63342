import type { PartWriter } from "../transports/part-writer.ts";
import type { Segment } from "./segment.ts";
import { contradiction, type SegmentBody, type SegmentEnd } from "./segment-request.ts";

/**
 * Passes the bytes of a segment to its writer. The segment may become shorter or longer meanwhile.
 * @returns what broke it off; undefined if the segment is whole
 */
export async function readSegment(
  segment: Segment,
  writer: PartWriter,
  { response, watchdog, end }: SegmentBody,
  onBytes: (sizeBytes: number) => void,
): Promise<string | SegmentEnd | undefined> {
  const reader = response.body?.getReader();
  onBytes(0);
  while (segment.missing > 0) {
    const chunk = await reader?.read().catch((error: unknown) => String(error));
    if (typeof chunk === "string")
      return watchdog.isExpired ? "no data within timeoutIntervalForRequest" : chunk;
    if (chunk === undefined || chunk.done) return `the answer ended ${segment.missing} bytes too early`;
    watchdog.reset();
    if (segment.at + chunk.value.byteLength > end) return contradiction("more came than the range has");
    const bytes = chunk.value.subarray(0, segment.missing);
    await writer.write(bytes);
    onBytes(bytes.byteLength);
  }
  // A body that was read to its end leaves its connection to the next segment.
  const more = end === segment.end ? await reader?.read().catch(() => undefined) : undefined;
  return more?.value === undefined ? undefined : contradiction("more came than the range has");
}
