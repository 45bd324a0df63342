"use client";

export type { KeepOptions, SessionState } from "../bindings/kept-session.ts";
export {
  type BackgroundSessionProps,
  BackgroundSessionProvider,
  type ProvidedSession,
  useBackgroundSession,
} from "./provider.ts";
export { type TaskSelection, useTask, useTasks, useTransferProgress } from "./tasks.ts";
