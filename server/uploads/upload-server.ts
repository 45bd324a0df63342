/** One upload on the server's disk. */
export interface StoredUpload {
  readonly id: string;
  /** The path of its bytes. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly isComplete: boolean;
}

/** A server of one protocol with the signature of `fetch`. */
export interface UploadServer {
  handle(request: Request, limits?: UploadLimits): Promise<Response>;
  stored(): Promise<StoredUpload[]>;
}

export interface UploadLimits {
  readonly maxSize?: number | undefined;
  readonly maxAppendSize?: number | undefined;
}
