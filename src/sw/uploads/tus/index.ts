import type { UploadProtocol } from "../../ports/upload-protocol.ts";
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
