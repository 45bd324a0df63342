import type { FileRow } from "../../store/schema.ts";
import { type Answered, type Asked, type Entity, judgeAnswer } from "./answer-judgement.ts";
import { mayRefuseRange } from "./range-refusal.ts";
import { isRetryable } from "./retry-policy.ts";
import { isSame } from "./validators.ts";

/** What the answer to the request for a segment means. */
export type SegmentAnswer =
  /** Its bytes are those of the segment, up to `end`: proved. */
  | { readonly kind: "proved"; readonly end: number }
  /** The server wants to be asked later, or with fewer connections. */
  | { readonly kind: "later" }
  /** The server refuses these bytes. */
  | { readonly kind: "refused" }
  /** The file is another one, or the server does not support ranges after all. */
  | { readonly kind: "contradiction"; readonly reason: string };

/** Judges the answer to the request for a segment: each is proved on its own (D3). */
export function judgeSegment(asked: Asked, answered: Answered): SegmentAnswer {
  if (isRetryable(answered.status)) return { kind: "later" };
  if (mayRefuseRange(asked, answered)) return contradiction(`HTTP ${answered.status} to a range`);
  const judgement = judgeAnswer(asked, answered);
  switch (judgement.kind) {
    case "rest":
      return judgement.end === undefined
        ? contradiction("206 without a range that can be read")
        : { kind: "proved", end: judgement.end };
    case "refused":
      return { kind: "refused" };
    case "unusable":
      return contradiction(judgement.reason);
    case "whole":
      if (
        answered.status === 206 &&
        judgement.end !== undefined &&
        isOf(asked.file, judgement.entity, answered)
      )
        return { kind: "proved", end: judgement.end };
      return contradiction(`HTTP ${answered.status} for another file, or for the whole`);
    case "complete":
      return contradiction("416 to a range that must be there");
  }
}

/** Whether an answer that begins at the first byte is about the file whose later bytes are on disk. */
export function isOf(
  file: FileRow | undefined,
  { total, isTotalSure }: Entity,
  { headers }: Pick<Answered, "headers">,
): file is FileRow {
  return isTotalSure && file?.total === total && isSame(file, headers);
}

function contradiction(reason: string): SegmentAnswer {
  return { kind: "contradiction", reason: `a segment was answered with ${reason}` };
}
