import type { BackgroundFetchManager } from "../../src/protocol/background-fetch.ts";
import type { TestPage } from "./test-browser.ts";

/** The ids of what the browser fetches by itself at the moment. */
export function registrations(page: TestPage): Promise<string[]> {
  return page.evaluate(async () => {
    const registration: unknown = await navigator.serviceWorker.ready;
    return (registration as { backgroundFetch: BackgroundFetchManager }).backgroundFetch.getIds();
  });
}

/** What the user does in the browser's own display of them. */
export function abortRegistrations(page: TestPage): Promise<void> {
  return page.evaluate(async () => {
    const registration: unknown = await navigator.serviceWorker.ready;
    const { backgroundFetch } = registration as { backgroundFetch: BackgroundFetchManager };
    for (const id of await backgroundFetch.getIds()) await (await backgroundFetch.get(id))?.abort();
  });
}

/** Whether a request is of the browser itself: one of the worker comes from its script. */
export function isOfTheBrowser(request: { readonly headers: Readonly<Record<string, unknown>> }): boolean {
  return !("referer" in request.headers);
}
