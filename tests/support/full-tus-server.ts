import { createHash } from "node:crypto";

interface Upload {
  bytes: Uint8Array;
  readonly length: number | undefined;
  readonly metadata: string | null;
}

/**
 * A tus server in memory with the extensions that no Node server has: checksum, concatenation and deferred lengths.
 * Written from the text of the protocol.
 */
export class FullTusServer {
  readonly uploads = new Map<string, Upload>();
  /** Changes a chunk in transit. */
  damage: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes;
  isLengthDeferred = false;
  extensions = "creation,creation-with-upload,checksum,concatenation,creation-defer-length";

  readonly handle = async (request: Request): Promise<Response> => {
    const { method, headers } = request;
    if (method === "OPTIONS") {
      return new Response(null, {
        status: 204,
        headers: { "tus-extension": this.extensions, "tus-checksum-algorithm": "md5,sha1,sha256" },
      });
    }
    if (headers.get("tus-resumable") !== "1.0.0") return new Response(null, { status: 412 });
    const { pathname } = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    if (method === "POST") return this.#create(headers, body);
    const upload = this.uploads.get(pathname);
    if (upload === undefined) return new Response(null, { status: 404 });
    if (method === "HEAD") return new Response(null, { status: 200, headers: this.#headersOf(upload) });
    if (method === "DELETE") {
      this.uploads.delete(pathname);
      return new Response(null, { status: 204 });
    }
    return this.#append(upload, pathname, headers, body);
  };

  #create(headers: Headers, body: Uint8Array): Response {
    const concat = headers.get("upload-concat");
    const path = `/tus/${this.uploads.size}`;
    const metadata = headers.get("upload-metadata");
    if (concat?.startsWith("final;")) {
      const parts = concat.slice(6).split(" ");
      const uploads = parts.map((url) => this.uploads.get(new URL(url).pathname));
      if (uploads.some((part) => part === undefined || part.bytes.length !== part.length)) {
        return new Response("unfinished", { status: 400 });
      }
      const bytes = new Uint8Array(Buffer.concat(uploads.map((part) => part?.bytes ?? new Uint8Array())));
      this.uploads.set(path, { bytes, length: bytes.length, metadata });
      return new Response(null, { status: 201, headers: { location: path } });
    }
    const length = this.isLengthDeferred ? undefined : Number(headers.get("upload-length"));
    this.uploads.set(path, { bytes: body, length, metadata });
    return new Response(null, {
      status: 201,
      headers: { location: path, "upload-offset": String(body.length) },
    });
  }

  #append(upload: Upload, path: string, headers: Headers, body: Uint8Array): Response {
    if (Number(headers.get("upload-offset")) !== upload.bytes.length)
      return new Response(null, { status: 409 });
    const received = this.damage(body);
    const [name = "", digest] = (headers.get("upload-checksum") ?? "").split(" ");
    if (digest !== undefined && createHash(name).update(received).digest("base64") !== digest) {
      return new Response(null, { status: 460 });
    }
    const bytes = new Uint8Array(Buffer.concat([upload.bytes, received]));
    const told = headers.get("upload-length");
    if (told !== null && upload.length !== undefined) return new Response(null, { status: 400 });
    const next = { ...upload, bytes, length: told === null ? upload.length : Number(told) };
    this.uploads.set(path, next);
    return new Response(null, { status: 204, headers: this.#headersOf(next) });
  }

  #headersOf({ bytes, length }: Upload): Record<string, string> {
    return {
      "upload-offset": String(bytes.length),
      ...(length === undefined ? { "upload-defer-length": "1" } : { "upload-length": String(length) }),
    };
  }
}
