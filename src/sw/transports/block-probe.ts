import { askedUrl } from "../asked-url.ts";
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
export async function isReachable({ host, signal }: Run, request: Request): Promise<boolean> {
  if (!host.isOnline()) return false;
  try {
    const probe = new Request(askedUrl(request), {
      method: "HEAD",
      mode: "no-cors",
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]),
    });
    await host.fetch(probe);
    return true;
  } catch {
    return false;
  }
}
