/** Fulfils when `promise` does, or after so many milliseconds. */
export async function within(limitMs: number, promise: Promise<unknown>): Promise<void> {
  await Promise.race([promise, new Promise((resolve) => setTimeout(resolve, limitMs))]);
}
