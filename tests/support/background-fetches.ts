import type { BackgroundFetchManager } from "../../src/protocol/background-fetch.ts";
import type { TestPage } from "./test-browser.ts";

/** The ids of the browser's current background fetches. */
export function registrations(page: TestPage): Promise<string[]> {
  return page.evaluate(async () => {
    const registration: unknown = await navigator.serviceWorker.ready;
    return (registration as { backgroundFetch: BackgroundFetchManager }).backgroundFetch.getIds();
  });
}

/** Aborts them as the user does in the browser's own UI. */
export function abortRegistrations(page: TestPage): Promise<void> {
  return page.evaluate(async () => {
    const registration: unknown = await navigator.serviceWorker.ready;
    const { backgroundFetch } = registration as { backgroundFetch: BackgroundFetchManager };
    for (const id of await backgroundFetch.getIds()) await (await backgroundFetch.get(id))?.abort();
  });
}

/** Whether the browser itself sent a request: the worker's requests have its script as their referrer. */
export function isOfTheBrowser(request: { readonly headers: Readonly<Record<string, unknown>> }): boolean {
  return !("referer" in request.headers);
}
