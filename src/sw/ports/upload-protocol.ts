import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { Run, Transport } from "./transport.ts";

/** A protocol that sends a body in several requests, for `startDaemon({ uploadProtocols })`. */
export interface UploadProtocol {
  /** What tasks give as `protocol`. */
  readonly name: UploadProtocolName;
  /** @internal */
  readonly transport: Transport;
  /** @internal Tells the server that a cancelled upload will not be resumed. */
  readonly discard: (run: Run) => Promise<void>;
}
