import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestServer } from "../server/server.ts";

/** Signs nothing: the query of an operation, as those who ask name it. */
const QUERIES: Readonly<Record<string, (operation: Record<string, string>) => string>> = {
  putObject: () => "",
  createUpload: () => "uploads=",
  uploadPart: ({ partNumber, uploadId }) => `partNumber=${partNumber}&uploadId=${uploadId}`,
  listParts: ({ uploadId }) => `uploadId=${uploadId}`,
  completeUpload: ({ uploadId }) => `uploadId=${uploadId}`,
  abortUpload: ({ uploadId }) => `uploadId=${uploadId}`,
};

/** A bucket that keeps of each part only its size: what is measured is the client. */
export class BenchBucket {
  /** The bytes of the objects that were completed. */
  readonly completed: number[] = [];
  readonly #uploads = new Map<string, Map<number, number>>();

  /** Serves the bucket at `/bucket/*`, and answers at `/sign` with where a request is to be sent. */
  constructor(site: TestServer) {
    site.route("/bucket/*", (request, response) => this.#answer(request, response));
    site.route("/sign", async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      const { operation, url } = JSON.parse(text);
      const query = QUERIES[operation.kind]?.(operation);
      response.end(JSON.stringify({ url: `${url}?${query}`, headers: {} }));
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://bucket");
    const id = searchParams.get("uploadId") ?? "";
    let sizeBytes = 0;
    for await (const chunk of request) sizeBytes += chunk.length;
    const xml = (content: string) =>
      response.writeHead(200, { "content-type": "application/xml" }).end(content);
    if (request.method === "POST" && searchParams.has("uploads")) {
      const made = randomUUID();
      this.#uploads.set(made, new Map());
      const where = `<Bucket>bucket</Bucket><Key>${pathname.slice("/bucket/".length)}</Key>`;
      xml(
        `<InitiateMultipartUploadResult>${where}<UploadId>${made}</UploadId></InitiateMultipartUploadResult>`,
      );
      return;
    }
    const parts = this.#uploads.get(id);
    if (parts === undefined) return void response.writeHead(404).end();
    if (request.method === "PUT") {
      parts.set(Number(searchParams.get("partNumber")), sizeBytes);
      response.writeHead(200, { etag: `"${sizeBytes}"` }).end();
      return;
    }
    this.#uploads.delete(id);
    this.completed.push([...parts.values()].reduce((sum, size) => sum + size, 0));
    const where = `<Location>http://bucket${pathname}</Location><Bucket>bucket</Bucket><Key>photo</Key>`;
    xml(`<CompleteMultipartUploadResult>${where}<ETag>"1"</ETag></CompleteMultipartUploadResult>`);
  }
}
