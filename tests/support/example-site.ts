import { buildExample, startOwnServer } from "../../scripts/examples.mjs";
import { startServer, type TestServer } from "../../server/server.ts";

/** What is added to a deployed worker: it says which version it is. */
const NEXT_VERSION = `
// The next version.
self.addEventListener("message", ({ data, ports }) => {
  if (data === "which version?") ports[0].postMessage("the next version");
});
`;

/** An app of examples/, built from the packed package and served: its own server, if it has one, is behind the test server. */
export class ExampleSite {
  readonly server: TestServer;
  /** Ends the app's own server. */
  readonly endOwn?: () => void;

  private constructor(server: TestServer, endOwn: (() => void) | undefined) {
    this.server = server;
    if (endOwn) this.endOwn = endOwn;
  }

  static async start(name: string): Promise<ExampleSite> {
    const staticDirs = await buildExample(name);
    const own = await startOwnServer(name);
    const server = await startServer({ staticDirs, ...(own && { behind: own.origin }) });
    return new ExampleSite(server, own?.end);
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

  async end(): Promise<void> {
    await this.server.close();
    this.endOwn?.();
  }
}
