import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PYTHON = "/usr/bin/python3";
const SCRIPT = fileURLToPath(new URL("swift-server.py", import.meta.url));

/** The user of the server, as a key of S3. */
export const SWIFT_KEY = { id: "test:tester", secret: "testing", region: "us-east-1" };

/** Whether Debian's `python3-swift` is installed. */
export function hasSwift(): boolean {
  return spawnSync(PYTHON, ["-c", "import swift, eventlet, paste.deploy"]).status === 0;
}

/** A running OpenStack Swift. */
export interface Swift {
  readonly origin: string;
  close(): Promise<void>;
}

/** Starts OpenStack Swift with its S3 API, as one process. */
export async function startSwift(): Promise<Swift> {
  const directory = await mkdtemp(join(tmpdir(), "swift-"));
  const port = await freePort();
  const process = spawn(PYTHON, [SCRIPT, directory, String(port)], { stdio: ["ignore", "pipe", "pipe"] });
  await listening(process);
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      process.kill("SIGKILL");
      await once(process, "exit");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function listening(process: ChildProcess): Promise<void> {
  let errors = "";
  process.stderr?.on("data", (chunk) => {
    errors += chunk;
  });
  const ended = once(process, "exit").then(() => Promise.reject(new Error(`Swift has ended. ${errors}`)));
  ended.catch(() => {});
  await Promise.race([once(process.stdout as NodeJS.EventEmitter, "data"), ended]);
}

/** Three ports above it are used too. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return Math.min(port, 65_000);
}
