import type { FileRow } from "../../store/schema.ts";

/** The file keeps its name, so that its successor gets the next one, but it cannot be resumed. */
export function withoutProof({ fileId, isSameOrigin, isUnranged }: FileRow, isNowUnranged = false): FileRow {
  return {
    fileId,
    isSameOrigin,
    isTotalSure: false,
    ...((isUnranged || isNowUnranged) && { isUnranged: true }),
  };
}
