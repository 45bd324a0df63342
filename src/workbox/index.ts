export { type AdoptQueueOptions, adoptQueue } from "./adopt-queue.ts";
export type { AdoptedQueue, LeftRequest } from "./adoption.ts";
export {
  BackgroundSessionPlugin,
  type BackgroundSessionPluginOptions,
  type FailedRequest,
} from "./background-session-plugin.ts";
export type { KeepingOptions, KeptRequest } from "./task-maker.ts";
