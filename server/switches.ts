import { parseByteSize } from "./byte-size.ts";

/** How the value of a switch is written and read. */
interface Kind<Value> {
  /** For the text of a 400: "must be …". */
  readonly allowed: string;
  /** `undefined` if the text is not allowed. */
  read(text: string): Value | undefined;
}

/** Which version of the entity a request gets, by its number among those for the URL (from 1). */
export type Versioning = (requestNumber: number) => number;

/** The form of the `ETag` header, and whether the entity changes. */
export interface ETagMode {
  readonly form: "strong" | "weak" | "none";
  readonly versioning?: Versioning;
}

/**
 * Every switch of the server: a query parameter of `/files/…`, `/echo`, `/text`, `/status/…`, `/tus` and `/ietf`.
 *
 * A switch that counts ("the first n") counts the requests for its full URL that reach it: with
 * `reset=1&status=503&times=2` the first is reset, the second and third are answered 503, the fourth is served. The
 * README next to this file has the same table with examples.
 */
const SWITCHES = {
  /** Bytes per second of the body, in a small write every 50 ms; on `/echo`, also of reading the request. */
  throttle: size(1),
  /** Milliseconds before the head of any answer. */
  latency: integer(0, 600_000),
  /** Sends this many bytes of the body and then nothing, with the connection left open. */
  stall: size(0),
  /** Only the first n times; absent: always. */
  stallTimes: integer(0),
  /** Sends this many bytes of the body and then closes the connection. A body that is not longer is whole. */
  cut: size(0),
  /** Only the first n times; absent: always. */
  cutTimes: integer(0),
  /** The first n requests lose their connection before any answer. */
  reset: integer(0),
  /** Answers with this status and a line of text. */
  status: integer(200, 599),
  /** Only the first n requests get `status`; absent: all. */
  times: integer(0),
  /** Seconds in the `Retry-After` header that goes with `status`. */
  retryAfter: integer(0),
  /** The form of the validator. `changing` is `strong` with `change=always`, `change-after:n` with `after:n`. */
  etag: etag(),
  /** `none`, a different date each time (`changing`), or one date for every version of the entity (`fixed`). */
  lastModified: word("entity", "none", "changing", "fixed"),
  /** Another entity of the same length, with other bytes and validators: each time, or once after n requests. */
  change: versioning(),
  /** The sample's seed: another seed is another entity of the same length. Version v has the seed + v. */
  seed: integer(0, 2 ** 31),
  /** How a `Range` header is treated; all values except `on` and `none` are honest for a range that starts at 0. */
  ranges: word("on", "none", "lying", "ignore-if-range", "wrong-start", "wrong-total"),
  /**
   * `auto` obeys `Accept-Encoding`; `force` always compresses, and ranges are then ranges of the compressed bytes.
   */
  gzip: word("auto", "force"),
  /** 1: a gzipped answer declares the length of the compressed body. */
  gzipLength: word("0", "1"),
  /** No declared length (`none`), or a clean end up to 1 KiB too early (`short`) or 1 KiB too late (`long`). */
  length: word("honest", "none", "short", "long"),
  /** Only the first n times are `short` or `long`; absent: always. */
  lengthTimes: integer(0),
  /** `Cache-Control` of the file: `no-store`, `no-cache`, or `public` for an hour. */
  cache: word("no-store", "no-cache", "public"),
  /** The headers that the cross-origin listener exposes to a page. */
  cors: word("basic", "expose", "none"),
  /** Whether `OPTIONS` allows the requested method and headers. */
  preflight: word("fail", "ok"),
  /** This many hops of 302 before the answer. */
  redirect: integer(0, 50),
  /** The target of the last hop: the same origin or the cross-origin listener. */
  redirectTo: word("same", "cross"),
  /** The status of each hop instead of 302. */
  redirectStatus: integer(301, 308),
  /**
   * Only requests with this method are redirected; `PATCH,HEAD`: the chunks and offset queries of `/tus` and `/ietf`.
   */
  redirectOn: word("POST", "PATCH", "HEAD", "PATCH,HEAD"),
  /** `cut`: `/echo` processes the request and counts it, then closes the connection instead of answering. */
  after: word("answer", "cut"),
  /** Only the first n times; absent: always. */
  afterTimes: integer(0),
  /** The false statements of `/tus` and `/ietf`; `foreign-location` names the other origin. */
  lie: word("offset-back", "offset-beyond", "no-location", "foreign-location", "conflict", "html"),
  /** Only the first n requests get a false answer; absent: all. */
  lieTimes: integer(0),
  /** The largest upload that `/ietf` accepts, in bytes. */
  maxSize: size(0),
  /** The most bytes that `/ietf` accepts in one request. */
  maxAppend: size(1),
  /** The text that `/text` answers. */
  body: anything(),
  /** The `Content-Type` of `/text`. */
  type: mediaType(),
  /** Has no meaning: makes the URL different, with its own counters. */
  key: anything(),
} satisfies Record<string, Kind<unknown>>;

/** The switches of one request: those that its URL names. */
export type Switches = { readonly [Name in SwitchName]?: ValueOf<(typeof SWITCHES)[Name]> };

type SwitchName = keyof typeof SWITCHES;
type ValueOf<SwitchKind> = SwitchKind extends Kind<infer Value> ? Value : never;

export const switchNames: readonly string[] = Object.keys(SWITCHES);

/** Thrown for a query that is not in the table; the message says what is allowed. */
export class BadSwitch extends Error {
  override readonly name = "BadSwitch";
}

/** Returns the switches of a request, or what is wrong with them. */
export function switchesOf(query: URLSearchParams): Switches | BadSwitch {
  try {
    return parseSwitches(query);
  } catch (error) {
    if (error instanceof BadSwitch) return error;
    throw error;
  }
}

/** @throws BadSwitch for an unknown name, a value that is not allowed, or a switch given twice. */
export function parseSwitches(query: URLSearchParams): Switches {
  const switches: Record<string, unknown> = {};
  for (const [name, text] of query) {
    if (!isSwitch(name)) {
      throw new BadSwitch(`No switch is called "${name}". Allowed: ${switchNames.join(", ")}.`);
    }
    if (name in switches) throw new BadSwitch(`The switch ${name} is given twice.`);
    const value = SWITCHES[name].read(text);
    if (value === undefined) throw new BadSwitch(`${name} must be ${SWITCHES[name].allowed}, not "${text}".`);
    switches[name] = value;
  }
  return switches;
}

function isSwitch(name: string): name is SwitchName {
  return Object.hasOwn(SWITCHES, name);
}

function integer(least: number, most: number = 1_000_000): Kind<number> {
  return {
    allowed: `a whole number, ${least}–${most}`,
    read: (text) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
  };
}

function size(least: number): Kind<number> {
  return {
    allowed: `a number of bytes from ${least}, such as 500000, 500KB or 64KiB`,
    read: (text) => {
      const sizeBytes = parseByteSize(text);
      return sizeBytes !== undefined && sizeBytes >= least ? sizeBytes : undefined;
    },
  };
}

function word<Word extends string>(...words: readonly Word[]): Kind<Word> {
  return { allowed: words.join(" or "), read: (text) => words.find((candidate) => candidate === text) };
}

function versioning(): Kind<Versioning> {
  return {
    allowed: "always or after:<n>",
    read: (text) => {
      if (text === "always") return (requestNumber) => requestNumber - 1;
      const after = /^after:(\d{1,9})$/.exec(text)?.[1];
      return after === undefined ? undefined : (requestNumber) => (requestNumber > Number(after) ? 1 : 0);
    },
  };
}

function etag(): Kind<ETagMode> {
  const forms = word("strong", "weak", "none");
  return {
    allowed: "strong, weak, none, changing or change-after:<n>",
    read: (text) => {
      const form = forms.read(text);
      if (form !== undefined) return { form };
      const change = text === "changing" ? "always" : /^change-(after:\d+)$/.exec(text)?.[1];
      const mode = versioning().read(change ?? "");
      return mode && { form: "strong", versioning: mode };
    },
  };
}

function mediaType(): Kind<string> {
  return {
    allowed: "a media type, such as text/html",
    read: (text) => (/^[\w.+-]+\/[\w.+-]+(; ?charset=[\w-]+)?$/.test(text) ? text : undefined),
  };
}

function anything(): Kind<string> {
  return { allowed: "any text", read: (text) => text };
}
