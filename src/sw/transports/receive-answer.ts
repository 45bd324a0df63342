import type { ResponseRow } from "../../store/schema.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { Exchange, Run } from "../ports/transport.ts";
import { INLINE_BYTES, receiveBody } from "./receive-body.ts";
import { headOf } from "./response-head.ts";

/** Writes the answer to an upload to disk. It must come whole: it cannot be resumed. */
export async function receiveAnswer(run: Run, { response, watchdog }: Exchange): Promise<Outcome> {
  const receiving = {
    run,
    watchdog,
    response,
    head: headOf(response),
    file: {
      fileId: crypto.randomUUID(),
      isTotalSure: false,
      isSameOrigin: response.type === "basic",
    },
    parts: [],
    end: undefined,
    isRanged: false,
  };
  try {
    return await receiveBody(receiving);
  } finally {
    watchdog.stop();
  }
}

/** Reads an answer without consuming it: its head, and its body if that comes whole and is small enough for a row. */
export async function peekAnswer(response: Response): Promise<ResponseRow> {
  const head = headOf(response);
  const reader = response.clone().body?.getReader();
  const body = reader && (await readSmall(reader).catch(() => undefined));
  return body === undefined ? head : { ...head, body };
}

async function readSmall(
  reader: ReadableStreamDefaultReader<BufferSource>,
): Promise<ArrayBuffer | undefined> {
  const pieces: BufferSource[] = [];
  let sizeBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces).arrayBuffer();
    pieces.push(value);
    sizeBytes += value.byteLength;
    if (sizeBytes <= INLINE_BYTES) continue;
    // Not awaited: it settles together with the other copy of the body.
    void reader.cancel();
    return undefined;
  }
}
