import { startDaemon } from "background-session/daemon";
import { s3 } from "background-session/s3";
import { signWithCredentials } from "background-session/s3-credentials";

// An app's own worker that signs uploads to a bucket with temporary credentials.
declare const self: ServiceWorkerGlobalScope;

const sign = signWithCredentials({
  region: "us-east-1",
  credentials: async (_, signal) => (await fetch("/credentials", { signal })).json(),
});

startDaemon({
  uploadProtocols: [s3({ partSize: 5 * 1024 * 1024, sign })],
});

self.addEventListener("install", () => void self.skipWaiting());
