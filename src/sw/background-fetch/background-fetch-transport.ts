import type { BackgroundFetchFailure, TransportReason } from "../../protocol/background-fetch.ts";
import type { Failure } from "../../protocol/session-error.ts";
import type { Asked } from "../decisions/answer-judgement.ts";
import { BEGIN_MS, BEGIN_VISIBLE_MS } from "../decisions/choose-transport.ts";
import { holdAt } from "../decisions/held-statuses.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { isRetryable, retryOf } from "../decisions/retry-policy.ts";
import type { Arrival, BrowserFetches } from "../ports/browser-fetches.ts";
import type { Run, Transport } from "../ports/transport.ts";
import { attemptWith } from "../transports/fetch-transport.ts";
import type { AnswerSource } from "../transports/judged-attempt.ts";
import { wantsFile } from "../transports/task-request.ts";
import { rangeFrom } from "./fetch-offer.ts";

/**
 * Waits for what the browser fetches, then treats it like any other response: it is judged, its bytes go to the same
 * file, and its length is checked.
 * @param visibleSince returns since when the user looks at a page of the app; undefined if no page is visible
 */
export function backgroundFetchTransport(
  fetches: BrowserFetches,
  visibleSince: () => number | undefined = () => undefined,
): Transport {
  return async (run) => {
    const { id = "", start = 0, startedAt = 0, reason, isShared } = run.row.backgroundFetch ?? {};
    const isInsisted = reason === "asked-for";
    let before = 0;
    const onProgress = (downloaded: number): void => {
      const own = isShared || run.row.kind === "upload" ? 0 : downloaded;
      run.progress.add(own - before);
      before = own;
      run.progress.holdAt(start + own);
      run.progress.tell("transferring", start + own);
    };
    // A page that comes back after a while finds a registration that may report its first bytes at any moment.
    const msLeft = () =>
      Math.min(
        startedAt + BEGIN_MS,
        Math.max(startedAt, visibleSince() ?? Number.POSITIVE_INFINITY) + BEGIN_VISIBLE_MS,
      ) - run.host.now();
    const arrival = await fetches
      .wait(id, run.signal, onProgress, isInsisted ? undefined : msLeft)
      .catch(() => undefined);
    if (run.signal.aborted) return { kind: "stopped" };
    if (arrival === undefined) return turnedBack("the browser has lost it");
    const outcome = await attemptWith(run, () => new Arrived(run, arrival, start));
    // If the file changed meanwhile, the response has headers and no body.
    const isEmpty = outcome.kind === "interrupted" && !outcome.hasProgressed;
    return isEmpty ? turnedBack("its body is not what its head says", true) : outcome;
  };
}

class Arrived implements AnswerSource {
  readonly #run: Run;
  readonly #arrival: Arrival;
  readonly #start: number;

  constructor(run: Run, arrival: Arrival, start: number) {
    this.#run = run;
    this.#arrival = arrival;
    this.#start = start;
  }

  about(): Asked {
    const { request, file } = this.#run.row;
    const isFile = wantsFile(this.#run);
    return { method: request.method, isFile, offset: this.#start, isRanged: this.#start > 0, file };
  }

  isSameOrigin({ url }: Response): boolean {
    return URL.canParse(url) && new URL(url).origin === this.#run.host.origin;
  }

  async ask(_asked: Asked, onDisk: number): Promise<Response | Outcome> {
    const { row } = this.#run;
    const { method, url } = row.request;
    const range = this.#start > 0 ? rangeFrom(this.#start) : row.request.headers.range;
    const response = await this.#arrival.responseTo({ method, url, range });
    if (response === undefined || response.status === 0) return outcomeOf(this.#arrival.failureReason);
    // The worker asks the server again, and then the app.
    if (holdAt(row, this.#run.configuration, response.status) !== undefined)
      return turnedBack(`HTTP ${response.status}, about which the app decides`, true);
    const isLast = row.failures >= retryOf(row, this.#run.configuration).limit;
    if (!response.ok && row.kind === "download" && (isLast || !isRetryable(response.status))) {
      return turnedBack(`HTTP ${response.status}, without its body`, true);
    }
    // The whole file, perhaps of another version: nothing on disk is the beginning of it.
    if (this.#start === 0 || onDisk === this.#start || response.status !== 206) return response;
    if (onDisk < this.#start) return turnedBack("what comes before it is no longer there");
    // The worker went on while the page started the fetch: bytes that are on disk by now came twice.
    const { status, headers } = response;
    const body = await response.blob().catch(() => undefined);
    if (body === undefined) return turnedBack("its body cannot be read");
    return new Response(body.slice(onDisk - this.#start), { status, headers });
  }
}

function outcomeOf(reason: BackgroundFetchFailure): Outcome {
  switch (reason) {
    case "aborted":
      return { kind: "failed", failure: USER_CANCELLED };
    case "quota-exceeded":
      return { kind: "failed", failure: STORAGE_FULL };
    case "download-total-exceeded":
      return turnedBack("there is more of it than was known", true);
    case "bad-status":
      return { kind: "unanswered", message: "the browser got no answer, or one that it may not pass on" };
    default:
      return turnedBack(`the browser has no answer to it (${reason})`, reason === "");
  }
}

function turnedBack(reason: string, isForGood = false): Outcome {
  return { kind: "turned-back", reason, isForGood };
}

const USER_CANCELLED = {
  code: "user-cancelled",
  message: "The user ended the transfer in the browser's own display of it.",
} as const;

const STORAGE_FULL = {
  code: "storage-full",
  message:
    "The browser has no room left for what it fetched. Free space, or ask for persistent storage, then retry.",
} as const;

const HINDRANCES: Partial<Record<TransportReason, string>> = {
  "not-supported": "this browser has no Background Fetch",
  "not-allowed": "the user or the browser does not allow it",
  "will-send": "its headers are frozen at the start, and startDaemon() was given a willSend hook",
  "upload-protocol": "it sends a body in one request only",
  credentials: 'it sends cookies whatever credentials: "omit" says',
  preflight: "it sends no preflight, which this request to another origin would need",
  "request-mode": "it takes requests of mode cors and same-origin only",
  "no-strong-etag": "it has a Range of its own without If-Range, so that two versions might be mixed",
  "not-repeatable": "it repeats requests by itself, which retry.unsafe: false forbids",
  "network-constraints":
    "it does not know of allowsExpensiveNetworkAccess, allowsConstrainedNetworkAccess and isDiscretionary",
};

/** Returns the failure of a task that cannot use the transport its session insists on. */
export function unavailable(reason: TransportReason): Failure {
  const message =
    `The session insists on transport "background-fetch", which cannot carry this task: ${HINDRANCES[reason] ?? reason}. ` +
    'Use transport "auto" or "worker".';
  return { code: "transport-unavailable", message };
}
