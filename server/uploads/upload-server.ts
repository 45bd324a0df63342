/** What is on the server's disk of one upload. */
export interface StoredUpload {
  readonly id: string;
  /** Where its bytes lie. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly isComplete: boolean;
}

/** A server of one protocol, in the words of `fetch`. */
export interface UploadServer {
  handle(request: Request, limits?: UploadLimits): Promise<Response>;
  stored(): Promise<StoredUpload[]>;
}

export interface UploadLimits {
  readonly maxSize?: number | undefined;
  readonly maxAppendSize?: number | undefined;
}
