import { bytesOnDisk } from "./rows-on-disk.ts";
import type { TestPage } from "./test-browser.ts";

/** Waits until the row on disk shows more than this many acknowledged bytes. @returns how many */
export function acknowledgedBytes(page: TestPage, id: string, beyondBytes: number): Promise<number> {
  return bytesOnDisk(page, id, "acknowledged", beyondBytes);
}
