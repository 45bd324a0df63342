import type { BasePlugin, Body, Meta, Uppy } from "@uppy/core";
import type { FollowedSession } from "./followed-session.ts";
import type { RestoredRun } from "./restored-run.ts";
import type { BackgroundSessionUploaderOptions } from "./uploader-options.ts";
import type { Uploads } from "./uploads.ts";

/** What all parts of an uploader know. */
export interface UploaderContext<M extends Meta, B extends Body> {
  readonly uppy: Uppy<M, B>;
  /** It has the options, which the app may change. */
  readonly plugin: Pick<BasePlugin<BackgroundSessionUploaderOptions<M, B>, M, B>, "opts">;
  /** The group of the tasks, and the name of their completion handler. */
  readonly name: string;
  readonly session: FollowedSession;
  readonly uploads: Uploads<M, B>;
  readonly restored: RestoredRun<M, B>;
  /** False again when the Uppy was destroyed. */
  isInstalled: boolean;
  readonly log: (error: unknown) => void;
}
