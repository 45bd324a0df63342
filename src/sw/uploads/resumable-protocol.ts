import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { Run } from "../ports/transport.ts";
import type { UploadProtocol } from "../ports/upload-protocol.ts";
import { bodyOf } from "./body-of.ts";
import { ChunkSize } from "./chunk-size.ts";
import type { Dialect } from "./dialect.ts";
import { sendUpload } from "./resumable-upload.ts";
import { UploadAttempt } from "./upload-attempt.ts";

/** Makes a protocol from a dialect. */
export function resumableProtocol(
  name: UploadProtocolName,
  dialectFor: (run: Run, body: Blob, chunkSize: ChunkSize) => Dialect,
): UploadProtocol {
  return {
    name,
    async transport(run) {
      const body = await bodyOf(run);
      if (!(body instanceof Blob)) return body;
      const chunkSize = new ChunkSize();
      try {
        return await sendUpload(new UploadAttempt(run, dialectFor(run, body, chunkSize), body, chunkSize));
      } catch (error) {
        return run.outcomeOf(error);
      }
    },
    async discard(run) {
      const dialect = dialectFor(run, new Blob([]), new ChunkSize());
      for (const { url } of run.row.upload?.parts ?? []) {
        if (url === undefined) continue;
        const exchange = await run.exchange(dialect.removal(url), run.row.farthest);
        if ("kind" in exchange) throw new Error(exchange.kind);
        exchange.watchdog.stop();
      }
    },
  };
}
