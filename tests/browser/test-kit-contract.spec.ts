import type { TestServer } from "../../server/server.ts";
import { type Act, type Answer, CASES, type Stage } from "../contract/app-contract.ts";
import { type Need, needs } from "../support/absences.ts";
import { ChromiumBrowser } from "../support/chromium.ts";
import { expect, test } from "../support/fixtures.ts";
import { HeldServer } from "../support/held-server.ts";
import { LaunchSteps, SYNC_TAG } from "../support/launch-steps.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

const NEEDS: Readonly<Record<Act, Need>> = {
  goOffline: "offline-worker",
  killWorker: "stops-of-busy-workers",
  killPage: "crash-of-one-page",
  wake: "background-sync",
};

/** The test app in a real browser, with the ready worker. */
class RealStage implements Stage {
  readonly #browser: TestBrowser;
  readonly #server: HeldServer;
  readonly #origin: string;
  readonly #steps: LaunchSteps;
  #page: TestPage | undefined;

  constructor(browser: TestBrowser, site: TestServer, page: TestPage) {
    this.#browser = browser;
    this.#server = new HeldServer(site);
    this.#steps = new LaunchSteps(site);
    this.#page = page;
    // What `willSend` of the app's worker says.
    site.route("/hook", async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      response.end(JSON.stringify({ headers: { "x-token": `for ${JSON.parse(text).id}` } }));
    });
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
    const { range = null, "x-token": token = null } = request.headers;
    return { method: request.method ?? "", range, token: token && String(token), body };
  }

  goOffline = (): Promise<void> => this.#chromium.context.setOffline(true);
  goOnline = (): Promise<void> => this.#chromium.context.setOffline(false);
  killWorker = (): Promise<void> => this.#browser.stopWorkers(this.#page);

  async killPage(): Promise<void> {
    if (this.#page === undefined) return;
    await this.#browser.crash(this.#page);
    await this.#page.close();
    this.#page = undefined;
  }

  async wake(): Promise<void> {
    await this.#browser.stopWorkers();
    await this.#chromium.sync(`${this.#origin}/`, SYNC_TAG);
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

  get #chromium(): ChromiumBrowser {
    if (this.#browser instanceof ChromiumBrowser) return this.#browser;
    throw new Error("Only Chromium can do that: the case lists it in `acts`.");
  }

  async #open(): Promise<TestPage> {
    this.#page ??= await this.#browser.open(this.#origin);
    return this.#page;
  }
}

for (const { name, acts = [], isCore = false, play } of CASES)
  test(`in a browser, ${name}`, {
    tag: isCore ? "@core" : [],
    ...needs(...acts.map((act) => NEEDS[act])),
  }, async ({ browserApp, page, site }) => {
    await play(new RealStage(browserApp, site, page));
  });
