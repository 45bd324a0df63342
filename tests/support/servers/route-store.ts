import { createHash } from "node:crypto";
import { type IncomingMessage, request as send } from "node:http";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { paced } from "../../../server/paced.ts";
import type { TestServer } from "../../../server/server.ts";
import { queryOf } from "../../../src/sw/uploads/s3/s3-query.ts";
import { corsRuleOfDocs } from "../cors-rule-of-docs.ts";
import type { KillTarget } from "../kill-during-s3-upload.ts";
import { presignOfDocs, type S3Key } from "../presign-of-docs.ts";
import { nameOf } from "./s3-bucket.ts";
import type { S3Store } from "./s3-stores.ts";

export interface RoutedStore extends KillTarget {
  /** The date of a signature. @default now */
  signedAt: (operation: string, number: number) => Date | undefined;
}

/** Passes `/bucket/*` on to a bucket of a real store as it is, on both origins, and signs for it at `/sign`. */
export async function routeStore(site: TestServer, store: S3Store, key: S3Key): Promise<RoutedStore> {
  const presign = await presignOfDocs();
  const ask = (method: string, path: string, body?: string) =>
    fetch(presign(key, method, new URL(path, store.origin)), { method, ...(body && { body }) });
  // In XML the names are in the singular.
  const rule = Object.entries({ ...(await corsRuleOfDocs()), AllowedOrigins: ["*"] }).flatMap(
    ([name, values]) => values.map((value) => `<${name.slice(0, -1)}>${value}</${name.slice(0, -1)}>`),
  );
  const cors = `<CORSConfiguration><CORSRule>${rule.join("")}</CORSRule></CORSConfiguration>`;
  for (const [path, body] of [["/bucket"], ["/bucket?cors", cors]] as const) {
    const { ok, status } = await ask("PUT", path, body);
    if (!ok) throw new Error(`PUT ${path}: ${status}`);
  }
  const talk: string[] = [];
  const signed: string[] = [];
  const routed: RoutedStore = {
    talk,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    signedAt: () => undefined,
    async object(path) {
      const { ok, body } = await ask("GET", path);
      if (!ok || body === null) return undefined;
      const hash = createHash("sha256");
      let sizeBytes = 0;
      for await (const chunk of body) {
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
      return { sizeBytes, sha256: hash.digest("hex") };
    },
  };
  site.route("/sign", async (request, response) => {
    const { operation, url } = JSON.parse(await text(request));
    const name = `${operation.kind} ${operation.partNumber ?? ""}`.trim();
    signed.push(name);
    const date = routed.signedAt(name, signed.filter((it) => it === name).length);
    const target = new URL(url);
    target.search = new URLSearchParams(queryOf(operation)).toString();
    const { method, headers } = operation;
    response.end(JSON.stringify({ url: presign(key, method, target, headers, 900, date), headers }));
  });
  site.route("/bucket/*", async (request, response) => {
    // The store itself says what other origins may read.
    response.removeHeader("access-control-allow-origin");
    const { method = "", headers, url = "" } = request;
    if (method !== "OPTIONS") talk.push(nameOf(method, new URL(url, store.origin).searchParams));
    const onward = send(new URL(url, store.origin), { method, headers });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      onward.once("response", resolve).once("error", reject);
    });
    const over = new AbortController();
    response.once("close", () => over.abort());
    try {
      const [answer] = await Promise.all([
        answered,
        pipeline(paced(request, routed.bytesPerSecond, over.signal), onward),
      ]);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.end(await buffer(answer));
    } catch {
      onward.destroy();
      request.socket.destroy();
    }
  });
  return routed;
}
