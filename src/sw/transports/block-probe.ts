import type { Run } from "./transport.ts";

const PROBE_TIMEOUT_MS = 10_000;

/**
 * A failed cross-origin fetch does not say whether the network failed or the browser forbade the answer. A second
 * request that needs no permission tells: where it gets through, the host is there (T9, `blocked`).
 */
export async function isBlocked({ row, host, signal }: Run): Promise<boolean> {
  const { url } = row.request;
  const isForeign = new URL(url).origin !== host.origin;
  // An answer that could be read before is proof that reading is allowed.
  if (!isForeign || row.response !== undefined || !host.isOnline()) return false;
  try {
    const request = new Request(url, {
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
