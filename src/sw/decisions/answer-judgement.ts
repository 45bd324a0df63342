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

/** What we asked the server for. */
export interface Asked {
  readonly method: string;
  /**
   * We want a whole file, in as many ranges as it takes. If false, the app gets the answer as it comes, because this is a
   * data task or the app sent a `Range` of its own.
   */
  readonly isFile: boolean;
  /** How much of the body is on disk. */
  readonly offset: number;
  /** We added a `Range` to the request. */
  readonly isRanged: boolean;
  /** What the bytes on disk belong to. */
  readonly file: FileRow | undefined;
}

/** The readable part of the answer. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Every header is readable: CORS hides none. */
  readonly isSameOrigin: boolean;
  /** When the request was sent, in milliseconds since the epoch. */
  readonly askedAt: number;
}

/** What we know about the entity that a body belongs to. */
export type Entity = Pick<FileRow, "total" | "isTotalSure" | "validator" | "tag">;

export type Judgement =
  /** The body starts at the first byte of the resource: a new file. */
  | { readonly kind: "whole"; readonly entity: Entity; readonly end?: number }
  /** The body continues where our bytes end: proved. */
  | { readonly kind: "rest"; readonly entity: Entity; readonly end?: number }
  /** We already have all of it. */
  | { readonly kind: "complete" }
  /** The server refuses the rest; the app may resume from another URL. */
  | { readonly kind: "refused" }
  /** The answer is of no use: ask for the whole, without a `Range` if the server does not support ranges. */
  | { readonly kind: "unusable"; readonly isUnranged: boolean; readonly reason: string };

/** Decides what an answer is good for. A resume needs proof (D3), and one contradiction disproves it (F3). */
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
  // If we do not know the length of the file, another version may be exactly as long as what we have.
  const isOurs = offset === 0 || file?.total === offset || isSame(file, headers);
  if (isOurs && total === offset && (file?.total ?? total) === total) return { kind: "complete" };
  return unusable("416 although the total says otherwise", offset === 0);
}

/**
 * A 206 to `bytes=0-`, which we ask for because servers then do not encode the body, or to a request without a `Range`.
 * It holds as much of the file as its `Content-Range` says, and is useful only if we can prove the rest later.
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
  // If the tag comes only now, it tells versions apart from now on.
  const tag = file.tag ?? (file.validator?.kind === "etag" ? undefined : tagOf(headers));
  const isTotalSure = file.isTotalSure || end !== undefined;
  const entity = entityWith(total, isTotalSure, { validator: file.validator, tag });
  return end === undefined ? { kind: "rest", entity } : { kind: "rest", entity, end };
}

/** Across origins `Content-Range` is hidden: a `Content-Length` of exactly the missing bytes takes its place. */
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

/** Their `Content-Length`, if any, describes another answer. */
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Across origins `Content-Length` is readable but `Content-Encoding` is not: the length is then a good guess for progress
 * and resuming, but does not prove a body wrong (D4).
 */
function entityOf({ method, file }: Asked, answered: Answered): Entity {
  const { status, headers, isSameOrigin } = answered;
  if (method === "HEAD" || NULL_BODY_STATUSES.has(status) || isCoded(headers)) return { isTotalSure: false };
  // The same version has the same length.
  const known = status === 200 && file?.isTotalSure && isSame(file, headers) ? file.total : undefined;
  const length = contentLength(headers);
  const total = length ?? known;
  const isTotalSure = total !== undefined && (total === known || isSameOrigin);
  return entityWith(total, isTotalSure, status === 200 ? proofOf(answered) : {});
}

/** Whether a server answered a range with status 200: the body is shorter than the version that it names. */
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

/** Returns what a later answer is compared with; nothing if the server says that it does not support ranges. */
function proofOf({ headers, askedAt }: Answered): Proof {
  if (headers.get("accept-ranges")?.toLowerCase() === "none") return {};
  const validator = validatorOf(headers, askedAt);
  return { validator, tag: validator?.kind === "last-modified" ? tagOf(headers) : undefined };
}

function isCoded(headers: Headers): boolean {
  const coding = headers.get("content-encoding");
  return coding !== null && coding !== "" && coding.toLowerCase() !== "identity";
}
