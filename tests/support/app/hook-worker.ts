import { startDaemon } from "background-session/daemon";
import { tus } from "background-session/tus";
import { HOOKS, type HookName, OTHER_HOOKS } from "./hooks.ts";

// An app's own worker whose hook treats each request as the task's context says.
declare const self: ServiceWorkerGlobalScope;

startDaemon({
  uploadProtocols: [tus],
  willSend: (request, { context }) => ({ ...HOOKS, ...OTHER_HOOKS })[context as HookName](request),
});

self.addEventListener("install", () => void self.skipWaiting());
