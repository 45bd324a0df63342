import type { UploadOptions } from "../../src/app/tasks/task-options.ts";
import type { SessionConfiguration } from "../../src/protocol/configuration.ts";
import type { TestPage } from "./test-browser.ts";

export interface StartUploadOptions
  extends Pick<
    UploadOptions,
    "completion" | "priority" | "retry" | "idempotencyKey" | "protocol" | "connections" | "resumeAt"
  > {
  /** The session's configuration; the first task of a page opens the session. */
  configuration?: SessionConfiguration;
}

/** Makes an upload of this size in the page's session and waits until it is on disk. */
export function startUpload(
  page: TestPage,
  id: string,
  request: string | { url: string; method?: string; headers?: Record<string, string> },
  sizeBytes: number,
  { configuration, ...options }: StartUploadOptions = {},
): Promise<void> {
  return page.evaluate(
    async ({ id, request, sizeBytes, configuration, options }) => {
      const session =
        app.BackgroundSession.current("test") ??
        (await app.open("test", configuration === undefined ? {} : { configuration }));
      const words = Uint32Array.from({ length: Math.ceil(sizeBytes / 4) }, (_, index) => index);
      const body = new Blob([new Uint8Array(words.buffer, 0, sizeBytes)]);
      await session.uploadTask(request, body, { id, ...options }).resume();
    },
    { id, request, sizeBytes, configuration, options },
  );
}
