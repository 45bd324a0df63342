import type { Exchange } from "../transports/transport.ts";

/** Has done with an answer whose body nobody reads. */
export async function closeExchange({ response, watchdog }: Exchange): Promise<void> {
  watchdog.stop();
  await response.body?.cancel().catch(() => {});
}
