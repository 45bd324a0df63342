import { createServer, type InlineConfig, type ViteDevServer } from "vite";
import type { TestServer } from "../../server/server.ts";

/**
 * Starts Vite's dev server for an app, in development mode, with the files and the worker of the test server behind it.
 * @param root the folder of the app; what Vite caches is put there, too
 */
export async function startDevServer(
  root: string,
  site: TestServer,
  { optimizeDeps, ...config }: InlineConfig = {},
): Promise<{ vite: ViteDevServer; url: string; close(): Promise<void> }> {
  const restore = setNodeEnv("development");
  const vite = await createServer({
    root,
    configFile: false,
    logLevel: "error",
    cacheDir: `${root}/.vite`,
    ...config,
    // Dependencies that Vite discovers later would make it reload the page.
    optimizeDeps: { noDiscovery: true, ...optimizeDeps },
    server: {
      host: "localhost",
      port: 0,
      fs: { strict: false },
      // A test itself announces a file change: a watcher may announce it twice, or not at all.
      watch: null,
      proxy: { "/files": site.origin, "/echo": site.origin, "/sw.js": site.origin },
    },
  });
  await vite.listen();
  return {
    vite,
    url: vite.resolvedUrls?.local[0] ?? "",
    async close() {
      restore();
      await vite.close();
    },
  };
}

/** Vite believes this variable, and each of its builds leaves "production" there. @returns what restores it */
export function setNodeEnv(value: string): () => void {
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = value;
  return () => {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  };
}
