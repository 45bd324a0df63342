import type { TaskRow } from "../../store/schema.ts";
import type { Run } from "../ports/transport.ts";
import { askedRequest } from "./asked-url.ts";

/** A probe that takes longer has no answer. */
export const PROBE_TIMEOUT_MS = 10_000;

/** What is known of a request that got no answer. */
export type Finding =
  /** The network may have failed, or the server. */
  | "silent"
  /** The server answers if its answer need not be read. */
  | "blocked"
  /** So does the one that it redirects to. */
  | "redirected-to-blocked"
  /** It redirects, and nothing answers there: a loop, an address that browsers refuse, or a server that is down. */
  | "dead-end";

/**
 * A failed fetch does not say whether the network failed or the browser forbade the answer. Other requests tell, which need
 * no permission (T9, `blocked`). A redirect is only seen at the own origin, or at one that lets its answers be read, and
 * in WebKit only if it leads to `http:` or `https:`.
 *
 *     own:    HEAD, redirect: "manual" ──no redirect──→ silent: its answers may always be read
 *              │ a redirect
 *             HEAD, mode: "no-cors" ──of another origin──→ blocked
 *                                   ──no answer──→ dead end
 *     other:  HEAD, mode: "no-cors" ──an answer──→ blocked
 *              │ no answer
 *             HEAD, redirect: "manual" ──a redirect──→ dead end
 */
export async function lookInto(run: Run, request: Request, isResuming: boolean): Promise<Finding> {
  const { row, host } = run;
  const asked = askedRequest(request);
  const isForeign = new URL(asked.url).origin !== host.origin;
  if (!host.isOnline()) return "silent";
  if (!isWorthIt(row, isForeign || isResuming)) return "silent";
  const probe = new Probe(run, asked, isForeign);
  return isForeign ? lookAbroad(probe) : lookAtHome(probe, isResuming);
}

async function lookAbroad(probe: Probe): Promise<Finding> {
  if (await probe.ask("follow")) return "blocked";
  return (await probe.ask("manual"))?.type === "opaqueredirect" ? "dead-end" : "silent";
}

async function lookAtHome(probe: Probe, isResuming: boolean): Promise<Finding> {
  const here = await probe.ask("manual");
  if (here === undefined) return "silent";
  if (here.type !== "opaqueredirect") return isResuming ? "blocked" : "silent";
  const there = await probe.ask("follow");
  if (there === undefined) return "dead-end";
  if (there.type === "opaque") return "redirected-to-blocked";
  // Without the headers of the app it is not redirected at all: nothing can be told of where that leads.
  return there.redirected ? "silent" : "dead-end";
}

/**
 * A server that is there and breaks its connections is not asked twice for each attempt without end, and at the own origin
 * not before a second failure, since a redirect to another one is rare.
 */
function isWorthIt({ backoff, suspectedBlocks = 0 }: TaskRow, isFirstLookedInto: boolean): boolean {
  const tries = backoff?.tries ?? 0;
  if (tries === 0) return isFirstLookedInto;
  return suspectedBlocks > 0 || tries <= 3 || tries % 8 === 0;
}

/**
 * Goes where the request went just before, which the app's hook has let pass. Another origin gets nothing of the user and
 * of the app.
 */
class Probe {
  readonly #run: Run;
  readonly #asked: Request;
  readonly #isForeign: boolean;
  #method: "HEAD" | "GET" = "HEAD";

  constructor(run: Run, asked: Request, isForeign: boolean) {
    this.#run = run;
    this.#asked = asked;
    this.#isForeign = isForeign;
  }

  async ask(redirect: "manual" | "follow"): Promise<Response | undefined> {
    const response = await this.#send(redirect);
    const isHeadUnknown = [404, 405, 501].includes(response?.status ?? 0) && this.#asked.method === "GET";
    if (!isHeadUnknown || this.#method === "GET") return response;
    this.#method = "GET";
    return this.#send(redirect);
  }

  async #send(redirect: "manual" | "follow"): Promise<Response | undefined> {
    const over = new AbortController();
    const { url, headers, credentials } = this.#asked;
    const signals = [this.#run.signal, over.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)];
    try {
      const request = new Request(url, {
        method: this.#method,
        mode: redirect === "follow" ? "no-cors" : "cors",
        redirect,
        credentials: this.#isForeign || credentials === "omit" ? "omit" : "same-origin",
        cache: "no-store",
        signal: AbortSignal.any(signals),
        ...(!this.#isForeign && { headers: withoutKey(headers) }),
      });
      return await this.#run.host.fetch(request);
    } catch {
      return undefined;
    } finally {
      // Nobody reads the body of a GET.
      over.abort();
    }
  }
}

/** A server may keep the answer to a probe under the key, and give it to the request itself. */
function withoutKey(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete("idempotency-key");
  return kept;
}
