import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";

/** What Uppy wants signed. */
interface Signing {
  readonly method: string;
  readonly uploadId?: string;
  readonly partNumber?: number;
}

/** Uploads with @uppy/aws-s3, which sends the parts of a file one after the other. Each request is signed at `/sign`. */
export async function byUppy(file: Blob, url: string, partBytes: number): Promise<void> {
  const uppy = new Uppy().use(AwsS3, {
    shouldUseMultipart: true,
    getChunkSize: () => partBytes,
    generateObjectKey: () => "film",
    async signRequest(request: Signing) {
      const body = JSON.stringify({ operation: operationOf(request), url });
      return (await fetch("/sign", { method: "POST", body })).json();
    },
  });
  uppy.addFile({ name: "film.mp4", type: "video/mp4", data: file });
  const { failed = [] } = (await uppy.upload()) ?? {};
  uppy.destroy();
  if (failed.length > 0) throw new Error(String(failed[0]?.error));
}

/** The same as the library names it. */
function operationOf({ method, uploadId, partNumber }: Signing): Record<string, unknown> {
  if (method === "PUT") return { kind: "uploadPart", uploadId, partNumber };
  if (uploadId === undefined) return { kind: "createUpload" };
  return { kind: method === "POST" ? "completeUpload" : "abortUpload", uploadId };
}

/**
 * Uploads with the AWS SDK, which signs in the page. Chromium sends the byte arrays that it gives `fetch` some thirty times
 * more slowly than Blobs, so it gets Blobs; and it hashes no bodies, as the others do not.
 */
export async function bySdk(
  file: Blob,
  origin: string,
  partBytes: number,
  connections: number,
): Promise<void> {
  const client = new S3Client({
    region: "us-east-1",
    endpoint: origin,
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    requestHandler: {
      requestInit: ({ body }: { body?: unknown }) =>
        body instanceof Uint8Array ? { body: new Blob([body as BlobPart]) } : {},
    },
  });
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: object }).headers, {
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      });
      return next(args);
    },
    { step: "build" },
  );
  const params = { Bucket: "bucket", Key: "film", Body: file };
  await new Upload({ client, partSize: partBytes, queueSize: connections, params }).done();
  client.destroy();
}
