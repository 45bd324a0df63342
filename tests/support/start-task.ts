import type { DownloadOptions } from "../../src/app/tasks/task-options.ts";
import type { SessionConfiguration } from "../../src/protocol/configuration.ts";
import type { TestPage } from "./test-browser.ts";

/** A request that can be passed to the page. */
export interface PlainRequest {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface StartOptions
  extends Pick<
    DownloadOptions,
    "completion" | "priority" | "retry" | "idempotencyKey" | "connections" | "mirrors"
  > {
  /** The session's configuration; the first task of a page opens the session. */
  configuration?: SessionConfiguration;
}

/** Makes a task in the page's session and waits until it is on disk. */
export function startTask(
  page: TestPage,
  kind: "downloadTask" | "dataTask",
  id: string,
  request: string | PlainRequest,
  { configuration, ...options }: StartOptions = {},
): Promise<void> {
  return page.evaluate(
    async ({ kind, id, request, configuration, options }) => {
      const session =
        app.BackgroundSession.current("test") ??
        (await app.open("test", configuration === undefined ? {} : { configuration }));
      await session[kind](request, { id, ...options }).resume();
    },
    { kind, id, request, configuration, options },
  );
}

export function startDownload(
  page: TestPage,
  id: string,
  url: string,
  options?: StartOptions,
): Promise<void> {
  return startTask(page, "downloadTask", id, url, options);
}
