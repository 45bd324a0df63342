import type { TaskRow } from "../../store/schema.ts";
import type { Run } from "../ports/transport.ts";
import { sentRequest } from "./sent-request.ts";

/** A probe that takes longer counts as unanswered. */
export const PROBE_TIMEOUT_MS = 10_000;

/** What is known about a request that got no answer. */
export type Finding =
  /** The network may have failed, or the server. */
  | "silent"
  /** The server answers if its answer need not be read. */
  | "blocked"
  /** The server that it redirects to answers if its answer need not be read. */
  | "redirected-to-blocked"
  /** It redirects, and nothing answers there: a loop, an address that browsers refuse, or a server that is down. */
  | "dead-end";

/**
 * A failed fetch does not say whether the network failed or the browser withheld the answer. Other requests, which need
 * no permission, tell (T9, `blocked`). A redirect is visible only at our own origin, or at one that lets us read its
 * answers; in WebKit only if it leads to `http:` or `https:`.
 *
 *     own:    HEAD, redirect: "manual" ──no redirect──→ silent: its answers may always be read
 *              │ a redirect
 *             HEAD, mode: "no-cors" ──from another origin──→ blocked
 *                                   ──no answer──→ dead end
 *     other:  HEAD, mode: "no-cors" ──an answer──→ blocked
 *              │ no answer
 *             HEAD, redirect: "manual" ──a redirect──→ dead end
 */
export async function diagnoseSilence(run: Run, request: Request, isResuming: boolean): Promise<Finding> {
  const { row, host } = run;
  const sent = sentRequest(request);
  const isForeign = new URL(sent.url).origin !== host.origin;
  if (!host.isOnline() || !isWorthProbing(row, isForeign || isResuming)) return "silent";
  const probe = probeOf(run, sent, isForeign);
  return isForeign ? probeForeign(probe) : probeOwn(probe, isResuming);
}

async function probeForeign(probe: Probe): Promise<Finding> {
  if (await probe("follow")) return "blocked";
  return (await probe("manual"))?.type === "opaqueredirect" ? "dead-end" : "silent";
}

async function probeOwn(probe: Probe, isResuming: boolean): Promise<Finding> {
  const here = await probe("manual");
  if (here === undefined) return "silent";
  if (here.type !== "opaqueredirect") return isResuming ? "blocked" : "silent";
  const there = await probe("follow");
  if (there === undefined) return "dead-end";
  if (there.type === "opaque") return "redirected-to-blocked";
  // Without the app's headers it is not redirected at all: we cannot tell where the redirect leads.
  return there.redirected ? "silent" : "dead-end";
}

/**
 * A server that is up but breaks its connections is not probed at every attempt. At our own origin the first failure is
 * not probed, since a redirect to another origin is rare.
 */
function isWorthProbing({ backoff, suspectedBlocks = 0 }: TaskRow, isFirstProbed: boolean): boolean {
  const tries = backoff?.tries ?? 0;
  if (tries === 0) return isFirstProbed;
  return suspectedBlocks > 0 || tries <= 3 || tries % 8 === 0;
}

type Probe = (redirect: "manual" | "follow") => Promise<Response | undefined>;

/**
 * Goes where the failed request went, which the app's hook has allowed. Another origin gets nothing from the user or the
 * app.
 */
function probeOf(run: Run, { method, url, headers, credentials }: Request, isForeign: boolean): Probe {
  let probed = "HEAD";
  const send: Probe = async (redirect) => {
    const over = new AbortController();
    const signals = [run.signal, over.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)];
    try {
      const request = new Request(url, {
        method: probed,
        mode: redirect === "follow" ? "no-cors" : "cors",
        redirect,
        credentials: isForeign || credentials === "omit" ? "omit" : "same-origin",
        cache: "no-store",
        signal: AbortSignal.any(signals),
        ...(!isForeign && { headers: withoutKey(headers) }),
      });
      return await run.host.fetch(request);
    } catch {
      return undefined;
    } finally {
      // Nobody reads the body of a GET.
      over.abort();
    }
  };
  return async (redirect) => {
    const response = await send(redirect);
    const isHeadUnknown = method === "GET" && [404, 405, 501].includes(response?.status ?? 0);
    if (!isHeadUnknown || probed === "GET") return response;
    probed = "GET";
    return send(redirect);
  };
}

/** A server may store its answer to the probe under the key, and replay it to the request itself. */
function withoutKey(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete("idempotency-key");
  return kept;
}
