import type { Run } from "./transport.ts";

const PROBE_TIMEOUT_MS = 10_000;

/**
 * A failed cross-origin fetch does not say whether the network failed or the browser forbade the answer. A second
 * request that needs no permission tells: where it gets through, the host is there (T9, `blocked`).
 */
export async function isBlocked(run: Run): Promise<boolean> {
  const { row, host } = run;
  const isForeign = new URL(row.request.url).origin !== host.origin;
  // An answer that could be read before is proof that reading is allowed.
  return isForeign && row.response === undefined && (await isReachable(run));
}

/** Whether the host answers a request whose answer nobody reads. */
export async function isReachable({ row, host, signal }: Run): Promise<boolean> {
  if (!host.isOnline()) return false;
  try {
    const request = new Request(row.request.url, {
      method: "HEAD",
      mode: "no-cors",
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]),
    });
    await host.fetch(request);
    return true;
  } catch {
    return false;
  }
}
