import { createHash } from "node:crypto";
import { type IncomingHttpHeaders, request } from "node:http";

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** `false` if the connection broke before the body was complete. */
  readonly isWhole: boolean;
}

/** Sends a request without the extras of `fetch`: no redirects, no decoding, no normalized paths. */
export function ask(
  origin: string,
  path: string,
  { method = "GET", headers, body }: Question = {},
): Promise<Answered> {
  const { port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const asking = request({
      host: "127.0.0.1",
      port,
      path,
      method,
      agent: false,
      ...(headers ? { headers } : {}),
    });
    asking.on("error", reject);
    asking.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => {});
      response.on("close", () => {
        const { statusCode: status = 0, headers, complete: isWhole } = response;
        resolve({ status, headers, body: Buffer.concat(chunks), isWhole });
      });
    });
    asking.end(body);
  });
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
