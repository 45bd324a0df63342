import { paced } from "../../../server/paced.ts";
import type { TestServer } from "../../../server/server.ts";

/** Serves a path and what lies below it in memory, at most as fast as given. */
export function routeFetch(
  site: TestServer,
  path: string,
  bytesPerSecond: number,
  handle: (request: Request) => Promise<Response>,
): void {
  site.route(`${path}/*`, async (request, response) => {
    const over = new AbortController();
    response.once("close", () => over.abort());
    const chunks: Buffer[] = [];
    for await (const chunk of paced(request, bytesPerSecond, over.signal)) chunks.push(chunk);
    const { method = "GET", headers, url } = request;
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    const given = Object.entries(headers).map(([name, value]): [string, string] => [name, `${value}`]);
    const answer = await handle(new Request(`${site.origin}${url}`, { method, headers: given, ...body }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
}
