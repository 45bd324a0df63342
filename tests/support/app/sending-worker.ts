import { startDaemon } from "background-session/daemon";
import { tus } from "background-session/tus";

// An app's own worker with a hook that the test answers.
declare const self: ServiceWorkerGlobalScope;

startDaemon({
  uploadProtocols: [tus],
  async willSend(request, task) {
    const { id, context } = task;
    const body = JSON.stringify({ id, context, url: request.url, method: request.method });
    const { headers, url, word } = await (await fetch("/hook", { method: "POST", body })).json();
    if (url !== undefined) return new Request(url, request);
    return headers ?? word ?? undefined;
  },
});

self.addEventListener("install", () => void self.skipWaiting());
