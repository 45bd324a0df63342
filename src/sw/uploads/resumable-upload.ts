import type { UploadPartRow } from "../../store/schema.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { Exchange } from "../ports/transport.ts";
import type { Reply } from "./dialect.ts";
import { PartUpload } from "./part-upload.ts";
import { nonsense, replyAboutUpload } from "./reply.ts";
import type { UploadAttempt } from "./upload-attempt.ts";

/** A smaller part is not worth a connection of its own. */
const MIN_PART_BYTES = 1024 * 1024;

/** Sends a body in parts, several at a time, and lets the server put them together. */
export async function sendUpload(upload: UploadAttempt): Promise<Outcome> {
  upload.tell("connecting");
  const count = await upload.dialect.prepare();
  if (typeof count !== "number") return count;
  if (upload.parts.length === 0) upload.parts = divided(upload.body.size, count);
  return sendAll(upload, false);
}

/** @param isAgain the server refused to put the parts together, so each is checked again */
async function sendAll(upload: UploadAttempt, isAgain: boolean): Promise<Outcome> {
  const { run, dialect, parts } = upload;
  const end = await sendParts(upload);
  if (end !== undefined || dialect.conclusion === undefined) return end ?? { kind: "stopped" };
  // All parts are there, so the refusal was not about a missing one.
  if (upload.answer !== undefined) return upload.endWithAnswer();
  const last = await upload.ask(dialect.conclusion(parts), readConclusion);
  if ("kind" in last) return last;
  try {
    if (isAgain || !["gone", "conflict"].includes(last.reply.kind)) return await upload.endWith(last);
    upload.answer = await run.peek(last);
  } finally {
    last.watchdog.stop();
  }
  await upload.checkpoint();
  return sendAll(upload, true);
}

/** Sends as many parts at once as the attempt has connections, until one of them ends the attempt. */
async function sendParts(upload: UploadAttempt): Promise<Outcome | undefined> {
  const { run, parts } = upload;
  const ends: (Outcome | undefined)[] = [];
  const indexes = parts.keys();
  let atOnce = Math.min(parts.length, run.connections);
  run.keepConnections(atOnce);
  const sendOneByOne = async (): Promise<void> => {
    try {
      for (const index of indexes) ends[index] = await new PartUpload(upload, index).send();
    } finally {
      atOnce -= 1;
      // Putting the parts together needs one.
      run.keepConnections(Math.max(1, atOnce));
    }
  };
  for (const line of await Promise.allSettled(Array.from({ length: atOnce }, sendOneByOne))) {
    if (line.status === "rejected") throw line.reason;
  }
  return ends.find((end) => end !== undefined);
}

function divided(sizeBytes: number, count: number): UploadPartRow[] {
  const length = Math.max(Math.ceil(sizeBytes / count), MIN_PART_BYTES);
  const starts = Array.from({ length: Math.max(1, Math.ceil(sizeBytes / length)) }, (_, n) => n * length);
  return starts.map((start) => ({ start, end: Math.min(sizeBytes, start + length), offset: 0, reach: 0 }));
}

/** Reads the answer to putting the parts together: anything but 201 leaves the upload in parts. */
function readConclusion({ response }: Exchange): Reply {
  const reply = replyAboutUpload(response);
  if (reply !== undefined) return reply;
  return response.status === 201 ? { kind: "answer" } : nonsense(response, "to the concatenation");
}
