import type { TestPage } from "./test-browser.ts";

/** Registers the worker `app/own-worker.ts` and sends it a message. @returns its answer */
export function askOwnWorker(page: TestPage, message: Record<string, string>): Promise<unknown> {
  return page.evaluate(async (message) => {
    const registration = await navigator.serviceWorker.register("/own-worker.js");
    await navigator.serviceWorker.ready;
    const { port1, port2 } = new MessageChannel();
    const answered = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
    });
    registration.active?.postMessage(message, [port2]);
    return answered;
  }, message);
}
