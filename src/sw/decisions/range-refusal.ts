import type { Asked } from "./answer-judgement.ts";
import type { Outcome } from "./outcome.ts";
import { isRetryable } from "./retry-policy.ts";

/** Refusals that are not about the range, but about who asks, for what, and whether it exists. */
const NOT_ABOUT_RANGES: ReadonlySet<number> = new Set([
  401, 402, 404, 407, 409, 410, 418, 421, 423, 424, 451, 511,
]);
/** Refusals that are about how we asked. With bytes on disk, only these are worth starting again from 0. */
const ABOUT_RANGES: ReadonlySet<number> = new Set([405, 406, 412, 417, 501, 505]);

/** Whether an answer may refuse the `Range` that we added, so that we must ask once without it. */
export function mayRefuseRange({ isRanged, offset }: Asked, answer: { status: number } | Outcome): boolean {
  const status = "status" in answer ? answer.status : undefined;
  // 416 is judged elsewhere, and a later retry goes without a range anyway.
  if (!isRanged || status === undefined || status < 400 || status === 416 || isRetryable(status))
    return false;
  return offset === 0 ? !NOT_ABOUT_RANGES.has(status) : ABOUT_RANGES.has(status);
}
