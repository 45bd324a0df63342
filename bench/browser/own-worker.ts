import { startDaemon } from "background-session/daemon";

// An app's own worker that says how long it stood still.
declare const self: ServiceWorkerGlobalScope;

startDaemon();

self.addEventListener("message", (event) => {
  const { longestStepWithin: spanMs } = event.data ?? {};
  if (typeof spanMs !== "number") return;
  event.waitUntil(longestStep(spanMs).then((value) => event.ports[0]?.postMessage(value)));
});

/** Returns the longest time between two turns of the event loop, in milliseconds. */
async function longestStep(spanMs: number): Promise<number> {
  const { port1, port2 } = new MessageChannel();
  const since = performance.now();
  let last = since;
  let longest = 0;
  await new Promise<void>((resolve) => {
    port1.onmessage = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (now - since < spanMs) port2.postMessage(undefined);
      else resolve();
    };
    port2.postMessage(undefined);
  });
  return longest;
}
