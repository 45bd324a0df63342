import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startServer, type TestServer } from "./server.ts";

/** Next to the sample files: uploads resume after a restart of the server. */
const UPLOAD_DIR = fileURLToPath(new URL("../.cache/uploads", import.meta.url));
const PORTS_TRIED = 100;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    static: { type: "string", multiple: true, default: ["dist-demo"] },
    behind: { type: "string" },
  },
});

const server = await startOnFreePort(Number(values.port), values.static);
console.log(`Downloads demo: ${server.origin}/`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.close().then(() => process.exit(0)));
}

/** The other origin has the next port, not a random one: a download from there resumes after a restart. */
async function startOnFreePort(firstPort: number, staticDirs: readonly string[]): Promise<TestServer> {
  for (let port = firstPort; ; port += 1) {
    try {
      return await startServer({
        port,
        crossOriginPort: port + 1,
        staticDirs,
        ...(values.behind !== undefined && { behind: values.behind }),
        uploadDir: UPLOAD_DIR,
        control: true,
      });
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || port + 1 >= firstPort + PORTS_TRIED) throw error;
    }
  }
}
