import type { TransportReason, TransportWay } from "../../protocol/background-fetch.ts";
import type { StoredConfiguration } from "../../protocol/configuration.ts";
import { isIdempotent } from "../../protocol/request-record.ts";
import type { TaskRow } from "../../store/schema.ts";
import { addressOf } from "./address.ts";

/** If less is left, the page's last seconds or the next page suffice; a registration costs seconds. */
export const MUCH_BYTES: number = 8 * 1024 * 1024;
/** After this long without a visible page, the system may end the last one at any time. */
export const HIDDEN_MS = 60_000;

/**
 * If a registration has not begun by then, the worker takes the task back. Chromium pauses all of them for 30 s after each
 * navigation, also in another tab, and when it has just started.
 */
export const BEGIN_MS = 40_000;
/** The same from when a page is visible: it was reloaded, or came back, and the user sees that nothing moves. */
export const BEGIN_VISIBLE_MS = 5_000;

/** What the choice depends on besides the task. */
export interface TransportConditions {
  /** The browser has Background Fetch. */
  readonly isSupported: boolean;
  /** Neither the user nor the browser has forbidden it. */
  readonly isAllowed: boolean;
  /** A page has recently asked for it in vain. */
  readonly isRefused: boolean;
  /** The origin has as many registrations as it may have. */
  readonly isFull: boolean;
  readonly hasWillSend: boolean;
  readonly origin: string;
  readonly pages: "visible" | "hidden" | "leaving" | "none";
  /** How long no page has been visible. */
  readonly hiddenMs: number;
}

export interface TransportChoice {
  /** `none`: the app insists on a transport that is impossible. */
  readonly way: TransportWay | "none";
  readonly reason: TransportReason;
}

/** Decides how to move the bytes of a task now, and why: a pure function (W4). */
export function chooseTransport(
  row: TaskRow,
  configuration: StoredConfiguration,
  conditions: TransportConditions,
  isRunning: boolean,
): TransportChoice {
  // An earlier version stored it without this field.
  const wish = (configuration as Partial<StoredConfiguration>).transport ?? "auto";
  const own = reasonForWorker(row, wish);
  if (own !== undefined) return { way: "worker", reason: own };
  const isInsisting = wish === "background-fetch" && row.kind !== "data";
  const isNear = conditions.pages === "visible" || conditions.hiddenMs < HIDDEN_MS;
  if (!isInsisting && conditions.isSupported && isNear && conditions.pages !== "leaving") {
    return { way: "worker", reason: conditions.pages === "none" ? "no-page" : "page-open" };
  }
  const obstacle = obstacleOf(row, configuration, conditions);
  if (obstacle !== undefined) return { way: isInsisting ? "none" : "worker", reason: obstacle };
  // The browser drops the body of an error answer; the worker asks for it again.
  if (row.isTurnedBack) return { way: "worker", reason: "turned-back" };
  if (isInsisting) return { way: "background-fetch", reason: "asked-for" };
  const doubt = doubtOf(row, conditions, isRunning);
  if (doubt !== undefined) return { way: "worker", reason: doubt };
  return {
    way: "background-fetch",
    reason: conditions.pages === "leaving" ? "page-leaving" : "page-hidden",
  };
}

/** Returns why only the worker comes into question, whatever the conditions are; undefined if others do. */
function reasonForWorker(
  { file }: TaskRow,
  wish: StoredConfiguration["transport"],
): TransportReason | undefined {
  if (wish === "worker") return "asked-for";
  // A background fetch fetches one range.
  return file?.ranges === undefined ? undefined : "under-way";
}

/** Returns why Background Fetch cannot carry a task; undefined if it can. */
function obstacleOf(
  row: TaskRow,
  configuration: StoredConfiguration,
  conditions: TransportConditions,
): TransportReason | undefined {
  if (!conditions.isSupported) return "not-supported";
  if (row.kind === "data") return "data-task";
  if (row.upload?.protocol !== undefined) return "upload-protocol";
  // Its headers are fixed when it starts, maybe days before the last attempt.
  if (conditions.hasWillSend) return "will-send";
  const { allowsExpensiveNetworkAccess, allowsConstrainedNetworkAccess, isDiscretionary } = configuration;
  if (!allowsExpensiveNetworkAccess || !allowsConstrainedNetworkAccess || isDiscretionary)
    return "network-constraints";
  return (
    obstacleOfRequest(row, configuration, conditions.origin) ??
    (conditions.isAllowed ? undefined : "not-allowed")
  );
}

function obstacleOfRequest(
  row: TaskRow,
  configuration: StoredConfiguration,
  origin: string,
): TransportReason | undefined {
  const { credentials, mode, method, headers } = row.request;
  const isForeign = addressOf(row).origin !== origin;
  // It always sends cookies.
  if (credentials === "omit" || (isForeign && credentials !== "include")) return "credentials";
  if (mode !== "cors" && mode !== "same-origin") return "request-mode";
  if (isForeign && needsPreflight(row.request, configuration)) return "preflight";
  // If a connection breaks, it asks for the rest of the range from whatever version exists then.
  if ("range" in headers && !("if-range" in headers)) return "no-strong-etag";
  // It repeats requests by itself.
  if (isIdempotent(method) || (row.retry ?? configuration.retry).unsafe) return undefined;
  return "not-repeatable";
}

/** Returns why the worker is the better choice if the app does not insist. */
function doubtOf(
  row: TaskRow,
  { pages, isRefused, isFull, origin }: TransportConditions,
  isRunning: boolean,
): TransportReason | undefined {
  if (pages === "none") return "no-page";
  if (isRefused) return "refused";
  if (isFull) return "too-many";
  // A leaving page has no time to read it.
  if (row.hasBody && pages === "leaving") return "body-on-disk";
  if (row.kind === "upload") return doubtOfUpload(row, isRunning);
  if (!isRunning && row.bytesReceived === 0) return undefined;
  const { total, validator, isTotalSure, isSameOrigin } = row.file ?? {};
  if (total === undefined || !isTotalSure) return "unknown-length";
  // Only these two reveal a change of version in between (docs/transports.md).
  const isProvable = validator?.kind === "etag" && isSameOrigin && addressOf(row).origin === origin;
  if (!isProvable || row.file?.isUnranged) return "no-strong-etag";
  return total - row.bytesReceived < MUCH_BYTES ? "little-left" : undefined;
}

function doubtOfUpload({ request, upload }: TaskRow, isRunning: boolean): TransportReason | undefined {
  if (!isIdempotent(request.method)) return "not-repeatable";
  if (isRunning) return "under-way";
  return (upload?.sizeBytes ?? 0) < MUCH_BYTES ? "little-left" : undefined;
}

const SIMPLE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST"]);
const SIMPLE_HEADERS: ReadonlySet<string> = new Set(["accept", "accept-language", "content-language"]);
const SIMPLE_TYPES = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/;

/** Chromium sends no preflight for a background fetch, and fails if one would be needed. */
function needsPreflight(
  { method, headers }: TaskRow["request"],
  configuration: StoredConfiguration,
): boolean {
  if (!SIMPLE_METHODS.has(method)) return true;
  const all = { ...configuration.httpAdditionalHeaders, ...headers };
  return Object.entries(all).some(([name, value]) =>
    name.toLowerCase() === "content-type"
      ? !SIMPLE_TYPES.test(value)
      : !SIMPLE_HEADERS.has(name.toLowerCase()),
  );
}
