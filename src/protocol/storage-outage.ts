/** Returns the delay before a disk is tried again after consecutive failures: from 1 s up to 30 s. */
export function outageDelayMs(failures: number): number {
  return Math.min(30_000, 1_000 * 2 ** (failures - 1));
}
