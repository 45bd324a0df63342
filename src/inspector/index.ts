import { BackgroundInspector } from "./element/background-inspector.ts";

export type { StoredConfiguration } from "../protocol/configuration.ts";
export type { LogLine } from "../protocol/inspection.ts";
export type { Failure } from "../protocol/session-error.ts";
export type { VersionRange } from "../protocol/versions.ts";
export { BackgroundInspector } from "./element/background-inspector.ts";
export { explain } from "./explain.ts";
export { inspect } from "./inspect.ts";
export type * from "./picture.ts";

/** What a template may give to `<background-inspector>`: for `JSX.IntrinsicElements` and its like. */
export interface BackgroundInspectorAttributes {
  /** The scope of the service worker. @default that of this page's registration */
  readonly scope?: string | undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    "background-inspector": BackgroundInspector;
  }
}

// Two bundles of a page may have the library.
if (globalThis.customElements?.get("background-inspector") === undefined)
  globalThis.customElements?.define("background-inspector", BackgroundInspector);
