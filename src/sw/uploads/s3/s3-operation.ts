import type { StepAnswer, UploadFacts } from "../steps/upload-steps.ts";

/** A step of an upload to S3. */
export type S3Step =
  | { readonly kind: "put" | "create" | "complete" | "head" | "abort" }
  | { readonly kind: "list"; readonly marker?: string }
  | { readonly kind: "part"; readonly partNumber: number };

/**
 * What is to be signed: `kind` says which request of an upload, `method` is its method. `uploadId` is what the bucket
 * answered to `createUpload`; `sizeBytes` is the length of the request's body; names of `headers` are in lower case.
 */
export type S3Operation =
  /** `PUT` of the object in one request. Send and sign `headers`. */
  | {
      readonly kind: "putObject";
      readonly method: "PUT";
      readonly sizeBytes: number;
      readonly headers: Readonly<Record<string, string>>;
    }
  /** `POST ?uploads`. Send and sign `headers`; they have the token that settles a lost answer to `completeUpload`. */
  | {
      readonly kind: "createUpload";
      readonly method: "POST";
      readonly headers: Readonly<Record<string, string>>;
    }
  /** `PUT ?partNumber=&uploadId=` */
  | {
      readonly kind: "uploadPart";
      readonly method: "PUT";
      readonly uploadId: string;
      /** 1 to 10,000 */
      readonly partNumber: number;
      readonly sizeBytes: number;
    }
  /** `GET ?uploadId=&part-number-marker=` */
  | {
      readonly kind: "listParts";
      readonly method: "GET";
      readonly uploadId: string;
      /** Undefined for the first page. */
      readonly partNumberMarker: string | undefined;
    }
  /** `POST ?uploadId=` */
  | { readonly kind: "completeUpload"; readonly method: "POST"; readonly uploadId: string }
  /** `DELETE ?uploadId=` */
  | { readonly kind: "abortUpload"; readonly method: "DELETE"; readonly uploadId: string }
  /** `HEAD` of the object, after the answer to `completeUpload` was lost. */
  | { readonly kind: "headObject"; readonly method: "HEAD" };

/** A signed request. */
export interface SignedRequest {
  /** Absolute; with the signature in its query, if it is presigned. */
  readonly url: string;
  /** All headers of the request, but those that the browser sets. @default those of the operation */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Signs the requests of uploads to S3. It is called in the worker. */
export interface S3Sign {
  /**
   * Signs one request, right before it is sent: it asks your server, or signs with temporary credentials. `"wait"`, or a
   * rejection: it is asked again after a backoff; after a TypeError, as `fetch` has, also when the network returns.
   */
  (operation: S3Operation, task: UploadFacts): SignedRequest | "wait" | Promise<SignedRequest | "wait">;
  /** Called with each answer of the bucket, before it is judged: a refusal may say why. @default nothing */
  onAnswer?(answer: StepAnswer): void;
}
