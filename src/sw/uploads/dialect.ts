import type { Failure } from "../../protocol/session-error.ts";
import type { UploadPartRow } from "../../store/schema.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { Exchange, RequestDetails } from "../ports/transport.ts";

/** Bytes that are to be sent. */
export interface Chunk {
  readonly content: Blob;
  /** Where it begins in its part. */
  readonly offset: number;
  /** The part ends with it. */
  readonly isLast: boolean;
}

/** A part that the server has made an upload for. */
export type MadePart = UploadPartRow & { readonly url: string };

/** What a server's answer means. */
export type Reply =
  /** It has so many bytes of the part; undefined where it did not say so and has to be asked. */
  | {
      readonly kind: "has";
      readonly offset: number | undefined;
      readonly isComplete: boolean;
      /** Where it keeps them, in answer to a creation. */
      readonly url?: string;
    }
  /** This is the answer to the task. */
  | { readonly kind: "answer" }
  /** The upload is no longer there. */
  | { readonly kind: "gone" }
  /** It has another number of bytes than we thought. */
  | { readonly kind: "conflict" }
  /** Another try later may go better. */
  | { readonly kind: "later" }
  /** A smaller chunk may go better. */
  | { readonly kind: "too-large" }
  /** It makes no sense, which may pass: a portal of a hotel answers everything. */
  | { readonly kind: "nonsense"; readonly reason: string }
  /** It makes no sense, and will not later. */
  | { readonly kind: "hopeless"; readonly failure: Failure };

/** A reply with a count. */
export type Has = Extract<Reply, { kind: "has" }>;

/** How the server of one protocol is asked, and what its answers mean. `PartUpload` does the asking. */
export interface Dialect {
  /**
   * Asks the server what it can do, where that is worth while.
   * @returns into how many parts the body goes, or how the run ends
   */
  prepare(): Promise<number | Outcome>;
  /** Makes an upload on the server for a part; `chunk` is what may go along. */
  creation(part: UploadPartRow, chunk: Chunk): RequestDetails;
  readCreation(exchange: Exchange, part: UploadPartRow): Reply;
  /** Asks how much the server has. */
  retrieval(url: string): RequestDetails;
  /** Reads a 2xx. */
  readRetrieval(response: Response, part: MadePart): Reply;
  append(part: MadePart, chunk: Chunk): RequestDetails | Promise<RequestDetails>;
  readAppend(response: Response, chunk: Chunk, part: MadePart): Reply | Promise<Reply>;
  /** Makes one of several parts that are there; its answer is that to the task. */
  conclusion?(parts: readonly UploadPartRow[]): RequestDetails;
  removal(url: string): RequestDetails;
}
