import { startDaemon } from "background-session/daemon";
import { s3 } from "background-session/s3";
import { withCredentials } from "background-session/s3-credentials";

// An app's own worker that signs uploads to a bucket with temporary credentials.
declare const self: ServiceWorkerGlobalScope;

const credentials = async () => (await fetch("/credentials")).json();

startDaemon({
  uploadProtocols: [s3({ partSize: 5 * 1024 * 1024, sign: withCredentials({ credentials }) })],
});

self.addEventListener("install", () => void self.skipWaiting());
