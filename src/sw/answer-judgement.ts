import type { FileRow, Validator } from "../store/schema.ts";

/** What we asked for. */
export interface Asked {
  readonly method: string;
  /** 0, or how much of the body is on disk. */
  readonly offset: number;
  /** The request carried a `Range` of ours. */
  readonly isRanged: boolean;
  /** What the bytes on disk belong to. */
  readonly file: FileRow | undefined;
}

/** What came back, as far as it can be read. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Every header can be read, none is hidden by CORS. */
  readonly isSameOrigin: boolean;
}

/** What is known about the entity that a body belongs to. */
export type Entity = Pick<FileRow, "total" | "isTotalSure" | "validator">;

export type Judgement =
  /** The body is the resource from its first byte on: a new file. */
  | { readonly kind: "whole"; readonly entity: Entity; readonly end?: number }
  /** The body goes on where our bytes end: proved. */
  | { readonly kind: "rest"; readonly entity: Entity; readonly end?: number }
  /** There is nothing more: we have all of it. */
  | { readonly kind: "complete" }
  /** This answer is of no use: ask for the whole, without a `Range` where the server cannot do ranges. */
  | { readonly kind: "unusable"; readonly isUnranged: boolean; readonly reason: string };

/** Decides what an answer is good for. A resume is believed only on proof (D3). */
export function judgeAnswer(asked: Asked, answered: Answered): Judgement {
  if (asked.isRanged && answered.status === 416) return judgeUnsatisfiable(asked, answered);
  if (asked.isRanged && answered.status === 206) {
    return asked.offset === 0 ? judgeFirstRange(answered) : judgeRest(asked, answered);
  }
  return { kind: "whole", entity: entityOf(asked, answered) };
}

function judgeUnsatisfiable({ offset, file }: Asked, { headers }: Answered): Judgement {
  const total = parseContentRange(headers)?.total;
  // Another version may be just as long as what we have of a file of unknown length.
  const isOurs = offset === 0 || file?.total === offset || isSame(file?.validator, headers);
  if (isOurs && total === offset && (file?.total ?? total) === total) return { kind: "complete" };
  return unusable("416 although the total says otherwise", offset === 0);
}

/** The answer to `bytes=0-`, which is asked for the identity coding that comes with it. */
function judgeFirstRange({ headers }: Answered): Judgement {
  const range = parseContentRange(headers);
  if (range?.start !== 0) return unusable("206 to bytes=0- that does not begin at 0", true);
  if (isCoded(headers)) return { kind: "whole", entity: { isTotalSure: false } };
  if (range.total === undefined) return unusable("206 to bytes=0- that does not say how much there is", true);
  const entity = entityWith(range.total, true, validatorOf(headers));
  return range.end === undefined ? { kind: "whole", entity } : { kind: "whole", entity, end: range.end };
}

function judgeRest({ offset, file }: Asked, { headers, isSameOrigin }: Answered): Judgement {
  if (file === undefined || !isSame(file.validator, headers)) {
    return unusable("206 of another version, or without a validator that shows it is the same");
  }
  if (isCoded(headers)) return unusable("206 of a coded body");
  const range = parseContentRange(headers);
  if (range === undefined) {
    const isExact = file.total !== undefined && contentLength(headers) === file.total - offset;
    return !isSameOrigin && isExact
      ? { kind: "rest", entity: file }
      : unusable("206 without a range that can be read");
  }
  if (range.start !== offset) return unusable("206 that begins elsewhere");
  if (range.total === undefined || range.total !== (file.total ?? range.total)) {
    return unusable("206 with another total, or without one");
  }
  const entity = entityWith(range.total, true, file.validator);
  return range.end === undefined ? { kind: "rest", entity } : { kind: "rest", entity, end: range.end };
}

function unusable(reason: string, isUnranged = false): Judgement {
  return { kind: "unusable", isUnranged, reason };
}

/** Their `Content-Length`, if they have one, is that of another answer. */
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Across origins a `Content-Length` can be read and the `Content-Encoding` cannot: the length is then a good guess
 * for progress and resuming, but nothing to hold against the body (D4).
 */
function entityOf({ method }: Asked, { status, headers, isSameOrigin }: Answered): Entity {
  if (method === "HEAD" || NULL_BODY_STATUSES.has(status) || isCoded(headers)) return { isTotalSure: false };
  const total = contentLength(headers);
  const isResumable = status === 200 && headers.get("accept-ranges") !== "none";
  return entityWith(
    total,
    isSameOrigin && total !== undefined,
    isResumable ? validatorOf(headers) : undefined,
  );
}

function entityWith(
  total: number | undefined,
  isTotalSure: boolean,
  validator: Validator | undefined,
): Entity {
  return {
    isTotalSure,
    ...(total !== undefined && { total }),
    ...(validator !== undefined && { validator }),
  };
}

/** A strong `ETag`, else `Last-Modified`. A weak `ETag` says nothing about bytes, and what is no date about versions. */
export function validatorOf(headers: Headers): Validator | undefined {
  const etag = headers.get("etag");
  if (etag?.startsWith('"')) return { kind: "etag", value: etag };
  const date = headers.get("last-modified") ?? "";
  const isDate = date.endsWith("GMT") && new Date(date).toUTCString() === date;
  return isDate ? { kind: "last-modified", value: date } : undefined;
}

function isSame(validator: Validator | undefined, headers: Headers): boolean {
  return validator !== undefined && headers.get(validator.kind) === validator.value;
}

function isCoded(headers: Headers): boolean {
  const coding = headers.get("content-encoding");
  return coding !== null && coding !== "" && coding.toLowerCase() !== "identity";
}

function contentLength(headers: Headers): number | undefined {
  const value = headers.get("content-length");
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

interface ContentRange {
  readonly start?: number;
  /** The first byte after the range. */
  readonly end?: number;
  readonly total?: number;
}

/** Parses `Content-Range`; undefined where it is hidden, missing or makes no sense. */
export function parseContentRange(headers: Headers): ContentRange | undefined {
  const match = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(?:(\d{1,15})|\*)$/.exec(
    headers.get("content-range") ?? "",
  );
  if (match === null) return undefined;
  const [start, last, total] = match
    .slice(1)
    .map((digits) => (digits === undefined ? undefined : Number(digits)));
  if (start !== undefined && last !== undefined && (last < start || (total !== undefined && last >= total))) {
    return undefined;
  }
  return {
    ...(start !== undefined && { start }),
    ...(last !== undefined && { end: last + 1 }),
    ...(total !== undefined && { total }),
  };
}
