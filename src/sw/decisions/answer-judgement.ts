import type { FileRow, Validator } from "../../store/schema.ts";
import {
  type ContentRange,
  contentLength,
  isMultipart,
  isPart,
  parseContentRange,
  rangeOf,
} from "./content-range.ts";
import { isSame, tagOf, validatorOf } from "./validators.ts";

/** What we asked for. */
export interface Asked {
  readonly method: string;
  /**
   * The whole of a file is wanted, in as many ranges as it takes. False: the answer is the app's as it comes, because it
   * is that of a data task or to a `Range` of the app's own.
   */
  readonly isFile: boolean;
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
  /** When the request went out, in milliseconds since the epoch. */
  readonly askedAt: number;
}

/** What is known about the entity that a body belongs to. */
export type Entity = Pick<FileRow, "total" | "isTotalSure" | "validator" | "tag">;

export type Judgement =
  /** The body is the resource from its first byte on: a new file. */
  | { readonly kind: "whole"; readonly entity: Entity; readonly end?: number }
  /** The body goes on where our bytes end: proved. */
  | { readonly kind: "rest"; readonly entity: Entity; readonly end?: number }
  /** There is nothing more: we have all of it. */
  | { readonly kind: "complete" }
  /** The server does not give the rest; what is on disk may be gone on from elsewhere. */
  | { readonly kind: "refused" }
  /** This answer is of no use: ask for the whole, without a `Range` where the server cannot do ranges. */
  | { readonly kind: "unusable"; readonly isUnranged: boolean; readonly reason: string };

/** Decides what an answer is good for. A resume is believed only on proof (D3), one contradiction disproves it (F3). */
export function judgeAnswer(asked: Asked, answered: Answered): Judgement {
  const { offset, isRanged, isFile } = asked;
  const { status, headers } = answered;
  if (isRanged && status === 416) return judgeUnsatisfiable(asked, answered);
  if (!isFile) return { kind: "whole", entity: entityOf(asked, answered) };
  if (status === 206) {
    return isRanged && offset > 0 ? judgeRest(asked, answered) : judgeBeginning(asked, answered);
  }
  const isSuccess = status >= 200 && status <= 299;
  if (!isSuccess && offset > 0 && asked.file?.validator !== undefined) return { kind: "refused" };
  if (status === 200 && isPart(headers)) return unusable("200 with the Content-Range of a part", true);
  const entity = entityOf(asked, answered);
  return isShortened(asked, answered, entity)
    ? unusable("200 of the same version with another length", true)
    : { kind: "whole", entity };
}

function judgeUnsatisfiable({ offset, file }: Asked, { headers }: Answered): Judgement {
  const total = parseContentRange(headers)?.total;
  // Another version may be just as long as what we have of a file of unknown length.
  const isOurs = offset === 0 || file?.total === offset || isSame(file, headers);
  if (isOurs && total === offset && (file?.total ?? total) === total) return { kind: "complete" };
  return unusable("416 although the total says otherwise", offset === 0);
}

/**
 * A 206 to `bytes=0-`, which is asked for the identity coding that comes with it, or to a request without a `Range`. It
 * is as much of the file as its `Content-Range` says, and worth something only if the rest can be had on proof.
 */
function judgeBeginning({ method, isRanged }: Asked, answered: Answered): Judgement {
  const { headers } = answered;
  const { start, end, total } = rangeOf(headers) ?? {};
  if (start !== 0) return unusable("206 that does not say that it begins at 0", isRanged);
  if (total === undefined) return unusable("206 that does not say how much there is", isRanged);
  const entity = isCoded(headers) ? { isTotalSure: false } : entityWith(total, true, proofOf(answered));
  const isAll = end === total;
  const canGoOn = method === "GET" && entity.validator !== undefined;
  if (!isAll && !canGoOn) return unusable("206 of a part whose rest nothing could prove", isRanged);
  return end === undefined ? { kind: "whole", entity } : { kind: "whole", entity, end };
}

function judgeRest(asked: Asked, answered: Answered): Judgement {
  const { offset, file } = asked;
  const { headers } = answered;
  if (file === undefined || !isSame(file, headers)) {
    return unusable("206 of another version, or without a validator that shows it is the same");
  }
  if (isCoded(headers)) return unusable("206 of a coded body");
  const { start, end, total } = rangeOf(headers) ?? hiddenRange(asked, answered) ?? {};
  if (start === undefined) return unusable("206 without a range that can be read");
  if (start !== offset) return unusable("206 that begins elsewhere");
  if (total === undefined || total !== (file.total ?? total)) {
    return unusable("206 with another total, or without one");
  }
  // A tag that comes later tells the versions apart from then on.
  const tag = file.tag ?? (file.validator?.kind === "etag" ? undefined : tagOf(headers));
  const isTotalSure = file.isTotalSure || end !== undefined;
  const entity = entityWith(total, isTotalSure, { validator: file.validator, tag });
  return end === undefined ? { kind: "rest", entity } : { kind: "rest", entity, end };
}

/** Across origins `Content-Range` is hidden: a `Content-Length` that is exactly what is missing stands for it. */
function hiddenRange({ offset, file }: Asked, { headers, isSameOrigin }: Answered): ContentRange | undefined {
  if (isSameOrigin || headers.has("content-range") || isMultipart(headers)) return undefined;
  const { total } = file ?? {};
  return total !== undefined && contentLength(headers) === total - offset
    ? { start: offset, total }
    : undefined;
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
function entityOf({ method, file }: Asked, answered: Answered): Entity {
  const { status, headers, isSameOrigin } = answered;
  if (method === "HEAD" || NULL_BODY_STATUSES.has(status) || isCoded(headers)) return { isTotalSure: false };
  // The same version is as long as it was.
  const known = status === 200 && file?.isTotalSure && isSame(file, headers) ? file.total : undefined;
  const length = contentLength(headers);
  const total = length ?? known;
  const isTotalSure = total !== undefined && (total === known || isSameOrigin);
  return entityWith(total, isTotalSure, status === 200 ? proofOf(answered) : {});
}

/** A server that answers a range with status 200 has sent less than the version that it names. */
function isShortened({ file }: Asked, answered: Answered, { total }: Entity): boolean {
  const { status, headers, isSameOrigin } = answered;
  if (status !== 200 || !isSameOrigin || total === undefined) return false;
  return file?.isTotalSure === true && file.total !== total && isSame(file, headers);
}

interface Proof {
  readonly validator?: Validator | undefined;
  readonly tag?: string | undefined;
}

function entityWith(total: number | undefined, isTotalSure: boolean, { validator, tag }: Proof): Entity {
  return {
    isTotalSure,
    ...(total !== undefined && { total }),
    ...(validator !== undefined && { validator }),
    ...(tag !== undefined && { tag }),
  };
}

/** What a later answer is held against; nothing if the server says that it does no ranges. */
function proofOf({ headers, askedAt }: Answered): Proof {
  if (headers.get("accept-ranges")?.toLowerCase() === "none") return {};
  const validator = validatorOf(headers, askedAt);
  return { validator, tag: validator?.kind === "last-modified" ? tagOf(headers) : undefined };
}

function isCoded(headers: Headers): boolean {
  const coding = headers.get("content-encoding");
  return coding !== null && coding !== "" && coding.toLowerCase() !== "identity";
}
