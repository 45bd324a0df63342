import type { Run } from "../../ports/transport.ts";
import type { UploadProtocol } from "../../ports/upload-protocol.ts";
import { type ChunkSize, MIN_CHUNK_BYTES } from "../chunk-size.ts";
import { resumableProtocol } from "../resumable-protocol.ts";
import { sendInParts } from "./send-in-parts.ts";
import { tusDialect } from "./tus-dialect.ts";

export type { UploadProtocol } from "../../ports/upload-protocol.ts";

/**
 * Uploads to servers of the tus protocol 1.0.0, with the extensions creation, creation-with-upload, creation-defer-length,
 * expiration, termination, checksum and concatenation where the server offers them.
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * import { tus } from "background-session/tus";
 * startDaemon({ uploadProtocols: [tus] });
 */
export const tus: UploadProtocol = resumableProtocol("tus", tusDialect, sendInParts);

/** The options of `tusWith()`. */
export interface TusOptions {
  /** The size of each chunk but the last, in bytes, from 16 KiB upwards. */
  chunkSize: number;
}

/**
 * Returns `tus` with chunks of one size, for servers that accept no others. What was sent of a chunk may be lost if the
 * connection breaks.
 * @param options the size
 * @throws TypeError if the size is invalid
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * import { tusWith } from "background-session/tus";
 * startDaemon({ uploadProtocols: [tusWith({ chunkSize: 5 * 1024 * 1024 })] });
 */
export function tusWith({ chunkSize }: TusOptions): UploadProtocol {
  if (!Number.isSafeInteger(chunkSize) || chunkSize < MIN_CHUNK_BYTES)
    throw new TypeError("chunkSize must be a whole number of bytes, 16 KiB or more.");
  const inChunks = (run: Run, body: Blob, size: ChunkSize) => {
    size.limit(chunkSize, chunkSize);
    return tusDialect(run, body);
  };
  return resumableProtocol("tus", inChunks, sendInParts);
}
