import type { UploadProtocol } from "../sw/ports/upload-protocol.ts";

/** The server that a protocol under test talks to: a real one in the same process, or one that you write for the test. */
export interface ContractServer {
  /** Answers a request of an upload. */
  fetch(request: Request): Promise<Response>;
  /** Returns the bodies of all uploads that are complete. */
  completed(): Promise<readonly Uint8Array[]>;
  /** Loses all uploads that are not complete, as if they had expired. */
  forget(): Promise<void>;
  /** Returns how many uploads it has that are not complete. 0 if the protocol cannot remove an upload. */
  unfinished(): Promise<number>;
}

/** What `uploadProtocolContract` needs. */
export interface UploadContractOptions {
  /** What the worker gets in `startDaemon({ uploadProtocols })`. */
  protocol: UploadProtocol;
  /** Returns a server that has nothing. Called for each upload. */
  server(): ContractServer | Promise<ContractServer>;
  /** Address of the upload task. @default "/upload" */
  url?: string | URL;
  /** Length of the body, in bytes. It should take at least three requests. @default 1,000,000 */
  sizeBytes?: number;
  /** The upload task's option. @default none */
  metadata?: Record<string, string>;
}

/** One case of the contract, for the test framework of your choice. */
export interface ContractCase {
  /** What holds if the case passes, as a sentence. */
  readonly name: string;
  /** Fulfils if the case passes; rejects with an error that says what is wrong. Waits for the case before. */
  readonly run: () => Promise<void>;
}
