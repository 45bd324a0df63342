import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { Run } from "../ports/transport.ts";
import type { UploadProtocol } from "../ports/upload-protocol.ts";
import { bodyOf } from "./body-of.ts";
import { ChunkSize } from "./chunk-size.ts";
import type { Dialect } from "./dialect.ts";
import { UploadAttempt } from "./upload-attempt.ts";

/** Makes a protocol from a dialect. @param send sends a body */
export function resumableProtocol<Spoken extends Dialect>(
  name: UploadProtocolName,
  dialectFor: (run: Run, body: Blob, chunkSize: ChunkSize) => Spoken,
  send: (upload: UploadAttempt<Spoken>) => Promise<Outcome>,
): UploadProtocol {
  return {
    name,
    async transport(run) {
      const body = await bodyOf(run);
      if (!(body instanceof Blob)) return body;
      const chunkSize = new ChunkSize();
      const upload = new UploadAttempt(run, dialectFor(run, body, chunkSize), body, chunkSize);
      return send(upload).catch((error) => run.outcomeOf(error));
    },
    async discard(run) {
      const { version: headers } = dialectFor(run, new Blob([]), new ChunkSize());
      const { resumeAt, parts = [{ url: resumeAt }] } = run.row.upload ?? {};
      for (const { url } of parts) {
        if (url === undefined) continue;
        const exchange = await run.exchange({ url, method: "DELETE", headers }, run.row.farthest);
        if ("kind" in exchange) throw new Error(exchange.kind);
        exchange.watchdog.stop();
      }
    },
  };
}
