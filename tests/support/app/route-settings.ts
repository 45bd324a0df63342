import type { AdoptQueueOptions, BackgroundSessionPluginOptions } from "background-session/workbox";

const settings: URLSearchParams = new URLSearchParams(globalThis.location.search);

/** What the workers with routes do, by the query of their script's URL. */
export const adopted: string | null = settings.get("adopts");
export const stopPoint: string | null = settings.get("stopPoint");
/** When another worker takes a row out of the old queue: `before` or `after` the write that replaces rows. */
export const takes: string | null = settings.get("takes");
/** It waits until the pages of the worker before it are gone. */
export const isPatient: boolean = settings.has("isPatient");

/** The handler of this name notes its result in the test app's journal. */
const completion: { handler: string; context: unknown } = { handler: "sent", context: { from: "a route" } };

export const keeping: BackgroundSessionPluginOptions = {
  completion,
  optionsFor: ({ url, metadata }) => ({
    description: new URL(url).pathname,
    ...(metadata !== undefined && { completion: { ...completion, context: metadata } }),
  }),
  ...(JSON.parse(settings.get("options") ?? "{}") as BackgroundSessionPluginOptions),
};

export const adopting: AdoptQueueOptions = {
  session: "test",
  ...keeping,
  ...(JSON.parse(settings.get("adopting") ?? "{}") as BackgroundSessionPluginOptions),
};
