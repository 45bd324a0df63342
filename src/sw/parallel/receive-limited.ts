import { lengthOf } from "../../store/parts.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { isTrickle, type Receiving, receiveBody } from "../transports/receive-body.ts";
import type { Pace } from "./pace.ts";
import { RangeByRange } from "./range-by-range.ts";
import { askForSegment } from "./segment-request.ts";
import { chunksOf, streamOf } from "./streams.ts";

/**
 * Receives a body at the rate of its session: the answer to the first range, and then one range after the other. If the
 * server gives no ranges that can be proved, it is one answer, which is read slowly.
 */
export async function receiveLimited(receiving: Receiving, pace: Pace): Promise<Outcome> {
  const { run, file, response, watchdog, parts, end } = receiving;
  const { total = 0 } = file;
  const start = lengthOf(parts);
  if (end === undefined || end >= total || isTrickle(end - start, total - end))
    return receiveBody({ ...receiving, response: new Response(streamOf(slowly(receiving, pace))) });
  const ranges = new RangeByRange({
    pace,
    watchdog,
    first: { response, watchdog, end },
    start,
    end: () => Math.min(total, run.limit() ?? total),
    ask: (range) => askForSegment(run, file, range, watchdog, range.at),
  });
  const outcome = await receiveBody({ ...receiving, response: ranges.response, end: undefined });
  const ended = ranges.ended?.outcome;
  if (outcome.kind !== "interrupted" || ended === undefined) return outcome;
  // The file has grown, so it does not matter that nothing came in the end.
  if (ended.kind === "unanswered" && outcome.hasProgressed) return { ...outcome, message: ended.message };
  // A server whose ranges contradict each other again and again is not asked for ranges.
  return ended.kind === "restart" && run.row.failures > 0 ? { ...ended, isUnranged: true } : ended;
}

async function* slowly({ response, watchdog }: Receiving, pace: Pace) {
  for await (const chunk of chunksOf(response)) {
    if (HAS_BACK_PRESSURE) await pace.turn(watchdog);
    pace.received(chunk.byteLength);
    yield chunk;
  }
}

/** Firefox and WebKit fetch a body as fast as it comes: read slowly, it would fill the memory and slow down nobody. */
const HAS_BACK_PRESSURE = /Chrom/.test(globalThis.navigator?.userAgent ?? "");
