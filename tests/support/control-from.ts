import type { TestServer } from "../../server/server.ts";
import { expect } from "./fixtures.ts";
import { checkpoint } from "./rows-on-disk.ts";
import { startDownload } from "./start-task.ts";
import type { TestBrowser, TestPage } from "./test-browser.ts";

/** The owner's view of the task "file". */
export function stateOfFile(owner: TestPage): Promise<string> {
  return owner.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.state ?? "gone");
}

/** Starts a download with that id in `owner`, suspends and resumes it in another tab. @returns that tab */
export async function controlFromAnotherTab(
  owner: TestPage,
  browserApp: TestBrowser,
  site: TestServer,
  path: string,
): Promise<TestPage> {
  await startDownload(owner, "file", `${path}?throttle=4MB`);
  await checkpoint(owner, "file");
  const observer = await browserApp.open(site.origin);
  await observer.evaluate(async () => (await app.open()).task("file")?.suspend());
  await expect.poll(() => stateOfFile(owner)).toBe("suspended");
  await expect.poll(() => site.requests(path).every((request) => request.aborted)).toBe(true);
  await observer.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.resume());
  await expect.poll(() => stateOfFile(owner)).toBe("running");
  await expect.poll(() => site.requests(path).length).toBe(2);
  return observer;
}
