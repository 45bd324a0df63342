import { Readable } from "node:stream";

/** A whole answer before it reaches the network: the faults of this server act on it. */
export interface Answer {
  readonly status: number;
  /** With `Content-Length` whenever there is a body. */
  readonly headers: Headers;
  readonly body: Readable;
}

/** An answer whose body is in memory. */
export function bytesAnswer(status: number, body: Uint8Array, headers: HeadersInit): Answer {
  const complete = new Headers(headers);
  complete.set("content-length", String(body.byteLength));
  return { status, headers: complete, body: Readable.from(Buffer.from(body), { objectMode: false }) };
}

/** A line of plain text; the line break is added. */
export function textAnswer(status: number, text: string, headers: HeadersInit = {}): Answer {
  const complete = new Headers(headers);
  complete.set("content-type", "text/plain; charset=utf-8");
  return bytesAnswer(status, Buffer.from(`${text}\n`), complete);
}

export function jsonAnswer(value: unknown): Answer {
  const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
  return bytesAnswer(200, Buffer.from(JSON.stringify(value, null, 2)), headers);
}

/** An answer that has only a head: 204, 302, 304. */
export function emptyAnswer(status: number, headers: HeadersInit = {}): Answer {
  return { status, headers: new Headers(headers), body: Readable.from([]) };
}
