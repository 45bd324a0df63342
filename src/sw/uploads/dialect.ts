import type { Failure } from "../../protocol/session-error.ts";
import type { UploadPartRow } from "../../store/schema.ts";
import type { Exchange, RequestDetails } from "../ports/transport.ts";

/** Bytes to send. */
export interface Chunk {
  readonly content: Blob;
  /** Its offset in the part. */
  readonly offset: number;
  /** It is the end of the part. */
  readonly isLast: boolean;
}

/** A part for which the server has made an upload. */
export type MadePart = UploadPartRow & { readonly url: string };

/** What a server's answer means. */
export type Reply =
  /** The server has `offset` bytes of the part; undefined if it did not say, and must be asked. */
  | {
      readonly kind: "has";
      readonly offset: number | undefined;
      readonly isComplete: boolean;
      /** The address of the upload, in the answer to a creation. */
      readonly url?: string;
    }
  /** This is the answer to the task. */
  | { readonly kind: "answer" }
  /** The upload no longer exists. */
  | { readonly kind: "gone" }
  /** The server has another number of bytes than we thought. */
  | { readonly kind: "conflict" }
  /** Another try later may succeed. */
  | { readonly kind: "later" }
  /** A smaller chunk may succeed. */
  | { readonly kind: "too-large" }
  /** The answer is invalid now, but may be valid later: a captive portal answers everything. */
  | { readonly kind: "nonsense"; readonly reason: string }
  /** The answer is invalid, and will stay so. */
  | { readonly kind: "hopeless"; readonly failure: Failure };

/** A reply with a count. */
export type Has = Extract<Reply, { kind: "has" }>;

/** The requests of one protocol, and what their answers mean. `PartUpload` sends them. */
export interface Dialect {
  /** The headers of a request that has no others: `HEAD` asks how much of an upload the server has, `DELETE` removes it. */
  readonly version: Readonly<Record<string, string>>;
  /** Creates an upload for a part; `chunk` may be sent along. */
  creation(part: UploadPartRow, chunk: Chunk): RequestDetails;
  readCreation(exchange: Exchange, part: UploadPartRow): Reply;
  /** Reads the answer to `HEAD`, a 2xx. */
  readRetrieval(response: Response, part: MadePart): Reply;
  append(part: MadePart, chunk: Chunk): RequestDetails | Promise<RequestDetails>;
  readAppend(response: Response, chunk: Chunk, part: MadePart): Reply | Promise<Reply>;
}
