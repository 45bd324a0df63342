import type { TestPage } from "./test-browser.ts";

/** The end of a worker's script that tells what the worker answers. */
export const NOTING_ANSWERS = `
  const respondWith = FetchEvent.prototype.respondWith;
  FetchEvent.prototype.respondWith = function (answer) {
    const { url, destination, headers } = this.request;
    const hasRange = headers.has("range");
    const noted = Promise.resolve(answer).then((response) => {
      const contentRange = response.headers.get("content-range");
      new BroadcastChannel("answers").postMessage({ url, destination, hasRange, status: response.status, contentRange });
      return response;
    });
    respondWith.call(this, noted);
  };
`;

export interface Answer {
  readonly url: string;
  /** What asked for it: a player, or, if it is empty, a script. */
  readonly destination: string;
  readonly hasRange: boolean;
  readonly status: number;
  readonly contentRange: string | null;
}

/** From now on the page notes what the worker answers. */
export async function noteAnswers(page: TestPage): Promise<void> {
  await page.evaluate(() => {
    const answers: unknown[] = [];
    Object.assign(globalThis, { answers });
    new BroadcastChannel("answers").onmessage = ({ data }) => answers.push(data);
  });
}

/** What a player has got of this path so far. */
export async function answersTo(page: TestPage, path: string): Promise<Answer[]> {
  const noted = await page.evaluate(() => (globalThis as never as { answers: Answer[] }).answers);
  return noted.filter(({ url, destination }) => url.endsWith(path) && destination !== "");
}

/** Reads bytes as a player does, through the worker. */
export function readAsPlayer(
  page: TestPage,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
) {
  return page.evaluate(
    async ([path, headers, method]) => {
      const response = await fetch(path, { headers, method });
      const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
      return {
        status: response.status,
        contentRange: response.headers.get("content-range"),
        type: response.headers.get("content-type"),
        sha256: [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      };
    },
    [path, headers, method] as const,
  );
}
