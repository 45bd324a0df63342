import { bytesOnDisk } from "../../store/bytes-on-disk.ts";
import { dropParts, lengthOf } from "../../store/parts.ts";
import type { FileRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import { changed } from "../../store/tasks.ts";
import { countOf, gapsIn, lengthOfAll } from "../decisions/byte-ranges.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { isOf } from "../decisions/segment-answer.ts";
import { maySplit, SPLIT_LIMITS, type SplitLimits } from "../decisions/splitting.ts";
import { RunReport } from "../ports/run-report.ts";
import type { Run, Transport } from "../ports/transport.ts";
import { attemptWith, fetching, fetchTransport } from "../transports/fetch-transport.ts";
import type { Reception } from "../transports/judged-attempt.ts";
import { type Receiving, receiveBody } from "../transports/receive-body.ts";
import { wantsFile } from "../transports/task-request.ts";
import { type HeldRanges, rangeOfHeld, readHeldRanges } from "./held-ranges.ts";
import { limitedSource } from "./limited-source.ts";
import { Pace } from "./pace.ts";
import { RateLimits } from "./rate-limit.ts";
import { receiveLimited } from "./receive-limited.ts";
import { SplitDownload } from "./split-download.ts";

/**
 * Downloads a file in several ranges, at once or, if its session has a limit, one after the other:
 *
 *     the first request, as without this part; of a file that is split already, for its first gap
 *      │
 *      ├─ no proof that the server supports ranges, or little left → one connection
 *      │
 *     its answer is the first segment; every other segment gets a request of its own
 */
export function parallelTransport(limits: SplitLimits = SPLIT_LIMITS): Transport {
  const rates = new RateLimits();
  return async (run) => {
    const rate = run.row.kind === "download" ? rates.of(run) : undefined;
    if (rate === undefined) return transfer(run, limits);
    const pace = new Pace(rate);
    run.keepConnections(1);
    try {
      return await transfer(limitedRun(run), limits, pace);
    } finally {
      pace.giveBack();
    }
  };
}

/** Its ranges come faster than it is as a whole. */
function limitedRun(run: Run): Run {
  const { row, host, configuration } = run;
  const report = (facts: LiveFacts): void => {
    const { bytesPerSecond = Number.NaN } = facts;
    run.report({
      ...facts,
      bytesPerSecond: Math.min(bytesPerSecond, configuration.maximumDownloadRate) || undefined,
    });
  };
  return { ...run, connections: 1, report, progress: new RunReport({ row, host, report }) };
}

async function transfer(run: Run, limits: SplitLimits, pace?: Pace): Promise<Outcome> {
  const isWanted = run.connections > 1 && wantsFile(run) && run.row.backgroundFetch === undefined;
  const held = run.row.backgroundFetch === undefined ? await readHeldRanges(run) : [];
  if (held.length > 0) await dropUnusable(run, held);
  if (held.length === 0 && !isWanted && pace === undefined) return fetchTransport(run);
  const [first = []] = held;
  const beginning = first[0]?.offset === 0 ? first : [];
  run.progress.holdAt(bytesIn(held));
  return attemptWith(run, (watchdog) => ({
    ...(pace === undefined ? fetching(run, watchdog) : limitedSource(run, watchdog, pace)),
    ...(held.length > 0 && { storedParts: async () => beginning }),
    reception: (receiving) => {
      run.progress.holdAt(0);
      const known = held.length > 0 ? knownFile(receiving, beginning.length > 0) : undefined;
      if (known !== undefined) return split({ ...receiving, file: known }, held, limits, pace);
      const { parts } = receiving;
      const file = changed<FileRow>(receiving.file, { ranges: undefined });
      if (isWanted && isSplittable(receiving, limits))
        return split(
          { ...receiving, file: { ...file, ranges: [] } },
          parts.length > 0 ? [parts] : [],
          limits,
        );
      run.keepConnections(1);
      const whole = { ...receiving, file };
      const receive = () => (pace === undefined ? receiveBody(whole) : receiveLimited(whole, pace));
      return { onDisk: lengthOf(parts), receive };
    },
  }));
}

/** The row must not count what cannot be used: it would be missing when all other gaps are filled. */
async function dropUnusable({ row, host }: Run, held: HeldRanges): Promise<void> {
  const ranges = held.map(rangeOfHeld);
  const { file } = row;
  if (file?.total === undefined || lengthOfAll(ranges) === bytesOnDisk(row)) return;
  const { bytesReceived, ranges: others } = countOf(ranges);
  const change = { bytesReceived, file: changed(file, { ranges: others }) };
  await dropParts(host.database, row, file.fileId, gapsIn(ranges, file.total), change);
}

/**
 * Returns the file of the ranges on disk if the answer proves that it is about the same version, and begins with the first
 * gap: an answer with the whole begins with the first byte.
 */
function knownFile({ run, file, response }: Receiving, hasBeginning: boolean): FileRow | undefined {
  const known = run.row.file;
  if (file.fileId === known?.fileId) return file;
  return !hasBeginning && isOf(known, file, response) ? known : undefined;
}

function isSplittable({ run, file, response, parts, end }: Receiving, limits: SplitLimits): boolean {
  const { status, headers } = response;
  const { method } = run.row.request;
  const [, start] = rangeOfHeld(parts);
  // A background fetch may have taken over what follows.
  return run.limit() === undefined && maySplit({ method, status, headers, file, start, end }, limits);
}

function split(receiving: Receiving, held: HeldRanges, limits: SplitLimits, pace?: Pace): Reception {
  return { onDisk: bytesIn(held), receive: () => new SplitDownload(receiving, held, limits, pace).receive() };
}

function bytesIn(held: HeldRanges): number {
  return lengthOfAll(held.map(rangeOfHeld));
}
