import type { Body, Meta } from "@uppy/core";
import type { BackgroundSessionUploader } from "./background-session-uploader.ts";

export { BackgroundSessionUploader } from "./background-session-uploader.ts";
export type { BackgroundSessionUploaderOptions } from "./uploader-options.ts";

declare module "@uppy/core" {
  export interface PluginTypeRegistry<M extends Meta, B extends Body> {
    BackgroundSessionUploader: BackgroundSessionUploader<M, B>;
  }
}
