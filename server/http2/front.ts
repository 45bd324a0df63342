import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

/** For tests on this machine only: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=localhost`. */
const CERTIFICATE = readFileSync(fileURLToPath(new URL("certificate.pem", import.meta.url)));
const KEY = readFileSync(fileURLToPath(new URL("key.pem", import.meta.url)));

/** What Chromium's `--ignore-certificate-errors-spki-list` takes: it trusts this key, and no other. */
export const KEY_DIGEST: string = createHash("sha256")
  .update(new X509Certificate(CERTIFICATE).publicKey.export({ type: "spki", format: "der" }))
  .digest("base64");

/** Headers about a connection, which HTTP/2 forbids. */
const OF_THE_CONNECTION: readonly string[] = ["connection", "keep-alive", "transfer-encoding", "upgrade"];

/** A proxy that speaks HTTP/2 to browsers, and HTTP/1.1 to the server behind it. */
export interface Http2Front {
  /** `https://localhost:<port>` */
  readonly origin: string;
  close(): Promise<void>;
}

export async function startHttp2Front(target: string): Promise<Http2Front> {
  const agent = new Agent({ keepAlive: true });
  const server = createSecureServer({ key: KEY, cert: CERTIFICATE, allowHTTP1: true });
  server.on("request", (request: Http2ServerRequest, response: Http2ServerResponse) => {
    // A connection that breaks on one side is broken off on the other.
    forward(request, response, target, agent).catch(() => response.stream?.destroy());
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      agent.destroy();
      await closed;
    },
  };
}

async function forward(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  target: string,
  agent: Agent,
): Promise<void> {
  const { method, url } = request;
  const outgoing = httpRequest(new URL(url, target), { agent, method, headers: allowed(request.headers) });
  response.once("close", () => outgoing.destroy());
  const answered = once(outgoing, "response");
  const [[answer]] = await Promise.all([answered, pipeline(request, outgoing)]);
  response.writeHead(answer.statusCode, allowed(answer.headers));
  await pipeline(answer, response);
}

function allowed(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const isAllowed = ([name]: [string, unknown]) => !name.startsWith(":") && !OF_THE_CONNECTION.includes(name);
  return Object.fromEntries(Object.entries(headers).filter(isAllowed));
}
