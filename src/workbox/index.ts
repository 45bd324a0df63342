export { type AdoptedQueue, type AdoptQueueOptions, adoptQueue, type LeftRequest } from "./adopt-queue.ts";
export {
  BackgroundSessionPlugin,
  type BackgroundSessionPluginOptions,
  type FailedRequest,
} from "./background-session-plugin.ts";
export type { KeepingOptions, KeptRequest } from "./task-maker.ts";
