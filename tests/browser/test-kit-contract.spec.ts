import type { TestServer } from "../../server/server.ts";
import { type Answer, CASES, type Stage } from "../contract/app-contract.ts";
import { needs } from "../support/absences.ts";
import type { ChromiumBrowser } from "../support/chromium.ts";
import { expect, test } from "../support/fixtures.ts";
import { HeldServer } from "../support/held-server.ts";
import { LaunchSteps, SYNC_TAG } from "../support/launch-steps.ts";
import type { TestPage } from "../support/test-browser.ts";

/** The test app in a real browser, with the ready worker. */
class RealStage implements Stage {
  readonly #browser: ChromiumBrowser;
  readonly #server: HeldServer;
  readonly #origin: string;
  readonly #steps: LaunchSteps;
  #page: TestPage | undefined;

  constructor(browser: ChromiumBrowser, site: TestServer, page: TestPage) {
    this.#browser = browser;
    this.#server = new HeldServer(site);
    this.#steps = new LaunchSteps(site);
    this.#page = page;
    this.#origin = new URL(page.url()).origin;
  }

  async run<Argument, Result>(
    act: (argument: Argument) => Result,
    argument: Argument,
  ): Promise<Awaited<Result>> {
    return (await this.#open()).evaluate(act as never, argument as never) as Promise<Awaited<Result>>;
  }

  progress(id: string, bytes: number, totalBytes: number): Promise<void> {
    return this.#server.progress(id, bytes, totalBytes);
  }

  finish(id: string, { status = 200, body }: Answer = {}): Promise<void> {
    return this.#server.finish(id, status, body);
  }

  cut(id: string): Promise<void> {
    return this.#server.cut(id);
  }

  async request(id: string): ReturnType<Stage["request"]> {
    const { request, body } = await this.#server.request(id);
    return { method: request.method ?? "", range: request.headers.range ?? null, body };
  }

  goOffline = (): Promise<void> => this.#browser.context.setOffline(true);
  goOnline = (): Promise<void> => this.#browser.context.setOffline(false);
  killWorker = (): Promise<void> => this.#browser.stopWorkers(this.#page);

  async killPage(): Promise<void> {
    if (this.#page === undefined) return;
    await this.#browser.crash(this.#page);
    await this.#page.close();
    this.#page = undefined;
  }

  async wake(): Promise<void> {
    await this.#browser.stopWorkers();
    await this.#browser.sync(`${this.#origin}/`, SYNC_TAG);
  }

  launched = (session: string): Promise<void> =>
    this.#steps
      .reached("invalid as it should be")
      .then(() => expect(this.#steps.seen[0]).toBe(`launched for ${session}`));

  async load(): Promise<void> {
    if (this.#page === undefined) await this.#open();
    else await this.#page.reload();
    await this.#page?.waitForFunction(() => "app" in globalThis);
  }

  eventually(check: () => Promise<void>): Promise<void> {
    return expect(check).toPass({ timeout: 30_000, intervals: [50] });
  }

  async #open(): Promise<TestPage> {
    this.#page ??= await this.#browser.open(this.#origin);
    return this.#page;
  }
}

test.describe("in a browser", needs("offline-worker", "crash-of-one-page"), () => {
  for (const { name, play } of CASES)
    test(name, async ({ chromium, page, site }) => {
      await play(new RealStage(chromium, site, page));
    });
});
