import type { UploadProtocol } from "../../ports/upload-protocol.ts";
import { resumableProtocol } from "../resumable-protocol.ts";
import { sendWhole } from "../send-whole.ts";
import { ietfDialect } from "./ietf-dialect.ts";

export type { UploadProtocol } from "../../ports/upload-protocol.ts";

/**
 * Resumable uploads for HTTP as in draft-ietf-httpbis-resumable-upload-12, interop version 8. The request is sent to the
 * resource itself, and the resource gives the answer.
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * import { ietf } from "background-session/ietf";
 * startDaemon({ uploadProtocols: [ietf] });
 */
export const ietf: UploadProtocol = resumableProtocol("ietf", ietfDialect, sendWhole);
