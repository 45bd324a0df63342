import { appendFile, cp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { buildExample, exampleDirectory, startOwnServer } from "../../scripts/examples.mjs";
import { startServer, type TestServer } from "../../server/server.ts";

/** What is added to a deployed worker: it says which version it is. */
const NEXT_VERSION = `
// The next version.
self.addEventListener("message", ({ data, ports }) => {
  if (data === "which version?") ports[0].postMessage("the next version");
});
`;

/** A file of an example with something in it replaced. */
export interface Variant {
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
}

/** An app of examples/, built from the packed package and served: its own server, if it has one, is behind the test server. */
export class ExampleSite {
  readonly server: TestServer;
  readonly #name: string;
  /** Ends the app's own server. */
  readonly endOwn?: () => void;

  private constructor(name: string, server: TestServer, endOwn: (() => void) | undefined) {
    this.#name = name;
    this.server = server;
    if (endOwn) this.endOwn = endOwn;
  }

  static async start(name: string): Promise<ExampleSite> {
    const staticDirs = await buildExample(name);
    const own = await startOwnServer(name);
    const server = await startServer({ staticDirs, ...(own && { behind: own.origin }) });
    return new ExampleSite(name, server, own?.end);
  }

  /** Starts a copy of an example, which nobody else builds. */
  static async startCopy(name: string, copy: string, variant?: Variant): Promise<ExampleSite> {
    await cp(exampleDirectory(name), exampleDirectory(copy), { recursive: true });
    if (variant !== undefined) await edit(join(exampleDirectory(copy), variant.file), variant);
    return ExampleSite.start(copy);
  }

  /** Deploys a worker that is another one, at the same URL. */
  async deploy(worker: string): Promise<void> {
    const response = await fetch(worker);
    if (!response.ok) throw new Error(`There is no ${worker}.`);
    const allowed = response.headers.get("service-worker-allowed");
    this.server.serve(new URL(worker).pathname, {
      body: `${await response.text()}${NEXT_VERSION}`,
      type: "text/javascript",
      headers: { ...(allowed !== null && { "service-worker-allowed": allowed }) },
    });
  }

  /**
   * Builds the app anew with another version of the package's worker, for a copy.
   * @returns what deploys it: its files take the place of those that are served
   */
  async buildNext(): Promise<() => Promise<void>> {
    const directory = exampleDirectory(this.#name);
    const [served, next, gone] = ["dist", "next", "gone"].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    const own = join(directory, "node_modules", "background-session");
    await cp(join(directory, "..", "node_modules", "background-session"), own, { recursive: true });
    await appendFile(join(own, "dist", "sw.js"), NEXT_VERSION);
    // The tools write to the same place each time.
    await rename(served, gone);
    await buildExample(this.#name);
    await rename(served, next);
    await rename(gone, served);
    return async () => {
      await rename(served, gone);
      await rename(next, served);
    };
  }

  async end(): Promise<void> {
    await this.server.close();
    this.endOwn?.();
  }
}

async function edit(path: string, { from, to }: Variant): Promise<void> {
  const text = await readFile(path, "utf8");
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`There is no ${from} in ${path}.`);
  await writeFile(path, edited);
}

/** Has the browser look for a new version, as it does by itself from time to time. */
export function lookForNextVersion(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const [registration] = await navigator.serviceWorker.getRegistrations();
    await registration?.update();
    // The browser may have been looking already when the version was deployed, and that was the answer.
    void registration?.update();
  });
}

/** Says of the worker of a page's registration in a state which script it is, and which version: one that was not deployed says nothing. */
export function workerOf(page: Page, state: "active" | "waiting") {
  return page.evaluate(async (state) => {
    const [registration] = await navigator.serviceWorker.getRegistrations();
    const worker = registration?.[state];
    if (!worker) return undefined;
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise<string>((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
      setTimeout(resolve, 2_000, "no answer");
    });
    worker.postMessage("which version?", [port2]);
    return { path: new URL(worker.scriptURL).pathname, version: await answer };
  }, state);
}
