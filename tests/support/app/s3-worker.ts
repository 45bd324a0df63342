import { startDaemon } from "background-session/daemon";
import { s3 } from "background-session/s3";

// An app's own worker that lets its server sign uploads to a bucket.
declare const self: ServiceWorkerGlobalScope;

startDaemon({
  uploadProtocols: [
    s3({
      partSize: 5 * 1024 * 1024,
      async sign(operation, { originalRequest: { url }, metadata }) {
        const body = JSON.stringify({ operation, url, metadata });
        const response = await fetch("/sign", { method: "POST", body });
        return response.json();
      },
    }),
  ],
});

self.addEventListener("install", () => void self.skipWaiting());
