import type { TaskRow } from "./schema.ts";

/** Returns how many bytes of the body are on disk, also beyond gaps. */
export function bytesOnDisk({ file, bytesReceived }: TaskRow): number {
  return (file?.ranges ?? []).reduce((sum, [start, end]) => sum + end - start, bytesReceived);
}
