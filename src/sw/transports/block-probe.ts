import { askedRequest, askedUrl } from "../asked-url.ts";
import type { Run } from "./transport.ts";

const PROBE_TIMEOUT_MS = 10_000;

/**
 * A failed cross-origin fetch does not say whether the network failed or the browser forbade the answer. A second
 * request that needs no permission tells: where it gets through, the host is there (T9, `blocked`).
 */
export async function isBlocked(run: Run, request: Request): Promise<boolean> {
  const { row, host } = run;
  const isForeign = new URL(askedUrl(request)).origin !== host.origin;
  // An answer that could be read before is proof that reading is allowed.
  return isForeign && row.response === undefined && (await isReachable(run, request));
}

/**
 * Whether the host answers a request whose answer nobody reads. It goes where `request` went just before, with nothing
 * of the user and of the app: their hook has let that address pass.
 */
export async function isReachable(run: Run, request: Request): Promise<boolean> {
  if (!run.host.isOnline()) return false;
  return (await probe(run, request, { mode: "no-cors", credentials: "omit" })) !== undefined;
}

/**
 * Returns where a redirect of `request` leads to in the end, as a second request finds that carries nothing of the app;
 * undefined if no such place can be read from here.
 */
export async function redirectTarget(run: Run, request: Request): Promise<string | undefined> {
  const { credentials } = askedRequest(request);
  return (await probe(run, request, { credentials }))?.url;
}

async function probe(
  { host, signal }: Run,
  request: Request,
  init: RequestInit,
): Promise<Response | undefined> {
  const limits = [signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)];
  const asked = { method: "HEAD", cache: "no-store", signal: AbortSignal.any(limits), ...init } as const;
  return host.fetch(new Request(askedUrl(request), asked)).catch(() => undefined);
}
