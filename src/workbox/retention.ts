/** Workbox and Serwist keep a request for a week if the app says nothing else. */
const DEFAULT_MINUTES = 7 * 24 * 60;

/**
 * Returns how many seconds of its retention time a request has left; 0 or less if it is over.
 * @param timestamp when it was stored, in milliseconds since the epoch
 */
export function secondsLeft(timestamp: number, minutes: number = DEFAULT_MINUTES, now: number): number {
  return minutes * 60 - (now - timestamp) / 1000;
}
