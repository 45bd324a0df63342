import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { acceptsGzip } from "./accepts-gzip.ts";
import { type Answer, textAnswer } from "./answer.ts";
import { contentType } from "./content-type.ts";
import type { Counters } from "./counters.ts";
import type { Exchange } from "./exchange.ts";
import { fileAnswer } from "./file-answer.ts";
import { rangeTrick } from "./ranges.ts";
import type { Coding, SampleFiles } from "./sample-files.ts";
import { parseSamplePath, type Sample } from "./sample-name.ts";
import type { Switches } from "./switches.ts";

export const DEFAULT_SEED = 1;

const FIRST_MODIFIED_MS = Date.UTC(2024, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;

const CACHE_CONTROL = { "no-store": "no-store", "no-cache": "no-cache", public: "public, max-age=3600" };

/** Answers a request for a sample file: its current entity, the validators, and the requested range. */
export async function sampleAnswer(
  exchange: Exchange,
  switches: Switches,
  counters: Counters,
  samples: SampleFiles,
): Promise<Answer> {
  const { path, method, headers } = exchange;
  const requestNumber = counters.next("entity", exchange.url);
  const versioning = switches.change ?? switches.etag?.versioning;
  const version = versioning?.(requestNumber) ?? 0;
  const sample = parseSamplePath(path, (switches.seed ?? DEFAULT_SEED) + version);
  if (!sample) return textAnswer(404, "Sample files are called /files/<size>.bin or /files/text-<size>.txt.");

  const coding = chooseCoding(switches.gzip, headers["accept-encoding"]);
  const file = await samples.path(sample, coding);
  const { ranges = "on" } = switches;
  const trick = rangeTrick(ranges, headers, (await stat(file)).size);
  const answer = await fileAnswer({ method, headers: trick.headers }, basename(file), {
    root: dirname(file),
    headers: sampleHeaders(path, sample, coding, switches, { version, requestNumber }),
    acceptRanges: ranges !== "none" && !(switches.gzip === "auto" && coding === "gzip"),
  });
  if (answer.status === 206 && trick.claim !== undefined) answer.headers.set("content-range", trick.claim);
  return answer;
}

function sampleHeaders(
  path: string,
  sample: Sample,
  coding: Coding,
  { etag = { form: "strong" }, lastModified = "entity", gzip, cache = "no-store" }: Switches,
  { version, requestNumber }: { readonly version: number; readonly requestNumber: number },
): Headers {
  const headers = new Headers({
    "content-type": contentType(path),
    "content-disposition": `attachment; filename="${basename(path)}"`,
    "cache-control": CACHE_CONTROL[cache],
  });
  if (etag.form === "strong") headers.set("etag", strongETag(sample, coding));
  if (etag.form === "weak") headers.set("etag", `W/${strongETag(sample, coding)}`);
  if (lastModified !== "none") {
    const days = { entity: version, changing: requestNumber - 1, fixed: 0 }[lastModified];
    headers.set("last-modified", new Date(FIRST_MODIFIED_MS + days * DAY_MS).toUTCString());
  }
  if (coding === "gzip") headers.set("content-encoding", "gzip");
  if (gzip === "auto") headers.set("vary", "Accept-Encoding");
  return headers;
}

function strongETag({ kind, sizeBytes, seed }: Sample, coding: Coding): string {
  return `"${kind}-${sizeBytes}-${seed}${coding === "gzip" ? "-gzip" : ""}"`;
}

function chooseCoding(gzip: Switches["gzip"], acceptEncoding: string | string[] | undefined): Coding {
  if (gzip === undefined) return "identity";
  return gzip === "force" || acceptsGzip(acceptEncoding) ? "gzip" : "identity";
}
