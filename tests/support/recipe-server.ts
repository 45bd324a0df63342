import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { openExchange } from "../../server/exchange.ts";
import { paced } from "../../server/paced.ts";
import { passOn } from "../../server/pass-on.ts";
import type { TestServer } from "../../server/server.ts";
import { sampleFrom } from "./sample-from.ts";

export interface RecipeServer {
  readonly origin: string;
  /** In place of the directory that is printed. */
  readonly directory: string;
  /** Has a site pass on requests, as the proxy of a development server does. */
  behind(site: TestServer, path: string, bytesPerSecond?: number): void;
  close(): Promise<void>;
}

/** Runs a server as a guide prints it, on a free port and a directory of its own. */
export async function startRecipe(
  document: string,
  name: string,
  adapted = (code: string): string => code,
): Promise<RecipeServer> {
  const directory = await mkdtemp(`${tmpdir()}/recipe-`);
  const { server } = await sampleFrom<{ server: Server }>(document, name, (code) =>
    adapted(code)
      .replace("/var/uploads", directory)
      .replace(/^(export const \w+ = )?createServer/m, "export const server = createServer")
      .replace(/^\/\/ \w+\.listen/m, "server.listen")
      .replace("listen(8080)", 'listen(0, "127.0.0.1")'),
  );
  if (server.address() === null) await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    directory,
    behind(site, path, bytesPerSecond) {
      site.route(`${path}/*`, (request, response) => {
        response.setMaxListeners(20); // two servers listen to it
        const exchange = openExchange("same", request, response);
        const body = bytesPerSecond && paced(request, bytesPerSecond, exchange.signal);
        return passOn(exchange, origin, body || undefined);
      });
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
