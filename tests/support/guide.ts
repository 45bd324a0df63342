import type { TestServer } from "../../server/server.ts";
import { builtFile } from "./built-file.ts";
import { builtPath } from "./built-samples.ts";
import { expect } from "./fixtures.ts";
import { type PrintedSample, printedIn } from "./samples-of.ts";
import type { TestBrowser, TestPage } from "./test-browser.ts";

export interface GuideOptions {
  /** A worker of the guide, by words of it, in place of the ready-made one. */
  readonly worker?: string;
  /** What this worker takes from the app around it, as JavaScript. */
  readonly supplied?: string;
  /** What follows in this worker, as JavaScript. What the sample declares is in `it`. */
  readonly following?: string;
  /** Another script of the site, in place of the ready-made worker. */
  readonly script?: string;
  /** The test's addresses and times, in place of those that are printed. */
  readonly adapted?: Readonly<Record<string, string>>;
}

const READY_MADE = "/sw.js";
const OWN = "/guide-worker.js";

/** A page in which the samples of a page of the documentation run as they are printed. */
export class Guide {
  readonly page: TestPage;
  readonly #site: TestServer;
  readonly #document: string;
  readonly #samples: readonly PrintedSample[];
  /** The code of the samples that are not served as they were built, by their paths. */
  readonly #adapted = new Map<string, string>();
  readonly #opened = new Set<string>();

  private constructor(page: TestPage, site: TestServer, document: string, samples: readonly PrintedSample[]) {
    this.page = page;
    this.#site = site;
    this.#document = document;
    this.#samples = samples;
  }

  static async open(
    browser: TestBrowser,
    site: TestServer,
    document: string,
    options: GuideOptions = {},
  ): Promise<Guide> {
    const page = await browser.newPage();
    const guide = new Guide(page, site, document, await printedIn(document));
    await guide.#serveAdapted(options.adapted ?? {});
    await page.goto(`${site.origin}/samples/`);
    await page.waitForFunction(() => "around" in globalThis);
    await page.evaluate(async ([script, type]) => {
      await navigator.serviceWorker.register(script, { scope: "/", type });
      await navigator.serviceWorker.ready;
    }, guide.#scriptOf(options));
    return guide;
  }

  /** Runs the sample that has these words in it. Sessions of earlier samples are gone then. */
  async run(words: string): Promise<void> {
    await this.forget();
    await this.goOn(words);
  }

  /** Runs a sample that goes on with the session that is open. */
  async goOn(words: string): Promise<void> {
    const sample = this.#sampleWith(words);
    for (const [, identifier = ""] of sample.code.matchAll(/\.open\("([^"]+)"/g))
      this.#opened.add(identifier);
    const path = builtPath(this.#document, sample);
    await this.page.evaluate((path) => around.run(path), path);
  }

  /** Opens a session for a sample that takes it from the app. `delegate` of the sample that ran is its delegate. */
  async openSession(configuration: object = {}): Promise<void> {
    await this.forget();
    this.#opened.add("test");
    await this.page.evaluate(async (configuration) => {
      const delegate = globalThis.it?.delegate;
      await around.open("test", { configuration, ...(delegate && { delegate }) });
    }, configuration);
  }

  async forget(): Promise<void> {
    await this.page.evaluate((identifiers) => around.forget(identifiers), [...this.#opened]);
    this.#opened.clear();
  }

  /** What was called of the app since the sample began, by the names. */
  calls(name = ""): Promise<unknown[][]> {
    return this.page.evaluate(
      (name) => around.calls.filter(([called]) => String(called).startsWith(name)),
      name,
    );
  }

  #sampleWith(words: string): PrintedSample {
    const found = this.#samples.filter(({ code }) => code.includes(words));
    expect(found, `one sample of ${this.#document} with ${words}`).toHaveLength(1);
    return found[0] as PrintedSample;
  }

  async #serveAdapted(adapted: Readonly<Record<string, string>>): Promise<void> {
    for (const [printed, own] of Object.entries(adapted)) {
      let count = 0;
      for (const sample of this.#samples) {
        const path = builtPath(this.#document, sample);
        const code = this.#adapted.get(path) ?? (await builtFile(path.slice(1)).catch(() => ""));
        if (!code.includes(printed)) continue;
        count += 1;
        this.#adapted.set(path, code.replaceAll(printed, own));
      }
      expect(count, `samples with ${printed}`).toBeGreaterThan(0);
    }
    for (const [path, body] of this.#adapted) this.#site.serve(path, { body });
  }

  /** @returns the worker's script and its type */
  #scriptOf({ worker, supplied = "", following = "", script = READY_MADE }: GuideOptions) {
    if (worker === undefined) return [script, "classic"] as const;
    this.#site.serve("/guide-supplied.js", { body: supplied });
    const path = builtPath(this.#document, this.#sampleWith(worker));
    const imports = ["/samples/samples-worker-app.js", "/guide-supplied.js"].map((it) => `import "${it}";`);
    this.#site.serve(OWN, { body: `${imports.join("\n")}\nimport * as it from "${path}";\n${following}` });
    return [OWN, "module"] as const;
  }
}
