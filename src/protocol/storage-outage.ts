/** Returns how long to wait before a disk that failed so often in a row is tried again: 1 s at first, 30 s in the end. */
export function outageDelayMs(failures: number): number {
  return Math.min(30_000, 1_000 * 2 ** (failures - 1));
}
