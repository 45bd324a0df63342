import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ask } from "./ask.ts";

const MAIN = fileURLToPath(new URL("../../../server/main.ts", import.meta.url));

function start(port: number): { readonly child: ChildProcess; readonly printed: Promise<string> } {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, "--port", String(port)]);
  const printed = once(child.stdout, "data").then(([chunk]) => String(chunk));
  return { child, printed };
}

it("prints one line with its address, takes the next free port, and ends on SIGTERM", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const taken = typeof address === "object" && address ? address.port : 0;

  const { child, printed } = start(taken);
  const line = await printed;
  const port = Number(/^Downloads demo: http:\/\/localhost:(\d+)\/\n$/.exec(line)?.[1]);
  expect(port).toBeGreaterThan(taken);
  const catalogue = await ask(`http://localhost:${port}`, "/catalogue.json");
  expect(catalogue.body.toString()).toContain(`http://localhost:${port + 1}/files/`);

  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  other.close();
});
