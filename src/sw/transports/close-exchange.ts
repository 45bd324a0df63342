import type { Exchange } from "./transport.ts";

/**
 * Has done with an answer whose body nobody reads. The request is aborted first: Firefox goes on receiving a body that
 * was only cancelled.
 */
export async function closeExchange({ response, watchdog }: Omit<Exchange, "askedUrl">): Promise<void> {
  watchdog.stop();
  await response.body?.cancel().catch(() => {});
}
