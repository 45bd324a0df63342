/** The part of `send` 1.2 that this server uses; the package brings no types. */
declare module "send" {
  import type { Stats } from "node:fs";
  import type { IncomingHttpHeaders } from "node:http";
  import type { Readable } from "node:stream";

  interface SendOptions {
    readonly root?: string;
    readonly acceptRanges?: boolean;
    readonly cacheControl?: boolean;
    readonly etag?: boolean;
    readonly lastModified?: boolean;
  }

  interface SendStream {
    on(event: "headers", listener: (response: unknown, path: string, stats: Stats) => void): this;
    on(event: "stream", listener: (file: Readable) => void): this;
    pipe(response: NodeJS.WritableStream): void;
  }

  interface SendRequest {
    readonly method: string;
    readonly headers: IncomingHttpHeaders;
  }

  export default function send(request: SendRequest, path: string, options?: SendOptions): SendStream;
}
