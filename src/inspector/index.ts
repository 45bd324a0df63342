import { BackgroundInspector } from "./element/background-inspector.ts";

export { BackgroundInspector } from "./element/background-inspector.ts";
export { explain } from "./explain.ts";
export { inspect } from "./inspect.ts";
export type * from "./picture.ts";

// Two bundles of a page may have the library.
if (globalThis.customElements?.get("background-inspector") === undefined)
  globalThis.customElements?.define("background-inspector", BackgroundInspector);
