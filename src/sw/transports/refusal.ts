import type { Outcome } from "../decisions/outcome.ts";
import { retryAfterMs, retryOf } from "../decisions/retry-policy.ts";
import type { Run } from "../ports/transport.ts";

/** Returns the outcome of an answer that asks for another try; undefined if that was the last try. */
export function refusalOf(
  run: Run,
  { status, headers }: Response,
  hasProgressed = false,
): Outcome | undefined {
  const { row, configuration, host } = run;
  // The app wants this answer, whatever it is.
  if (row.isUnchallenged) return undefined;
  // Progress resets the count, even if no failure is tolerated at all.
  if ((hasProgressed ? 0 : row.failures) >= retryOf(row, configuration).limit) return undefined;
  const delayMs = retryAfterMs(headers.get("retry-after"), host.now());
  return { kind: "refused", status, retryAfterMs: delayMs, ...(hasProgressed && { hasProgressed }) };
}
