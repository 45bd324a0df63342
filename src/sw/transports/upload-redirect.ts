import { originOf } from "../../protocol/origin-of.ts";
import type { Failure } from "../../protocol/session-error.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { Exchange, RequestDetails, Run } from "../ports/transport.ts";
import { PROBE_TIMEOUT_MS } from "./block-probe.ts";
import { sentRequest } from "./sent-request.ts";
import { exchangeOf } from "./upload-exchange.ts";

/**
 * Sends one request of an upload. If it is redirected within its origin, sends it again to the target: what the app
 * entrusts to one origin is sent to no other, and a browser that follows redirects would not ask.
 * @returns the answer, or how the run ends without one
 */
export async function exchangeAtOrigin(
  run: Run,
  details: RequestDetails,
  bytesAcknowledged: number,
): Promise<Exchange | Outcome> {
  const first = await exchangeOf(run, details, bytesAcknowledged);
  if ("kind" in first || !isRedirect(first)) return first;
  const { sentUrl, request, watchdog } = first;
  const { credentials } = sentRequest(request);
  const target = (await probe(run, request, { credentials }))?.url;
  const isReachable = target !== undefined || (await probe(run, request, UNREAD)) !== undefined;
  if (!isReachable) {
    watchdog.stop();
    return run.signal.aborted
      ? { kind: "stopped" }
      : { kind: "unanswered", message: "a redirect to nowhere" };
  }
  if (target === undefined || target === sentUrl || originOf(target) !== originOf(sentUrl)) {
    return { ...first, astray: strayed(details.method, sentUrl, target) };
  }
  watchdog.stop();
  const second = await exchangeOf(run, { ...details, url: target }, bytesAcknowledged);
  if ("kind" in second) return second;
  if (isRedirect(second)) return { ...second, astray: strayed(details.method, sentUrl, undefined) };
  // A URL that the app's hook has given must not reach the disk.
  return sentUrl === details.url ? { ...second, movedTo: target } : second;
}

/** The answer need not be readable, and nothing of the user is sent. */
const UNREAD = { mode: "no-cors", credentials: "omit" } as const;

/** Asks where a redirect leads to, without the app's headers. @returns undefined if nothing there can be read */
async function probe(
  { host, signal }: Run,
  request: Request,
  init: RequestInit,
): Promise<Response | undefined> {
  const limits = [signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)];
  const asked = { method: "HEAD", cache: "no-store", signal: AbortSignal.any(limits), ...init } as const;
  return host.fetch(new Request(sentRequest(request).url, asked)).catch(() => undefined);
}

function isRedirect({ response }: Exchange): boolean {
  return response.type === "opaqueredirect";
}

function strayed(method: string, sentUrl: string, target: string | undefined): Failure {
  const origin = originOf(sentUrl);
  const isElsewhere = target !== undefined && originOf(target) !== origin;
  const message =
    `${origin} redirects the ${method} of an upload to ${isElsewhere ? originOf(target) : "an address that cannot be read from here"}, ` +
    "where nothing was sent: what the app entrusts to one origin is sent to no other. " +
    "Create the upload with the URL that answers, or return that from willSend.";
  return { code: "bad-response", message };
}
