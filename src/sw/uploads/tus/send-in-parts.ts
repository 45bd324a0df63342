import type { UploadPartRow } from "../../../store/schema.ts";
import type { Outcome } from "../../decisions/outcome.ts";
import type { Exchange } from "../../ports/transport.ts";
import type { Reply } from "../dialect.ts";
import { PartUpload } from "../part-upload.ts";
import { nonsense, replyAboutUpload } from "../reply.ts";
import { wholeOf } from "../send-whole.ts";
import type { UploadAttempt } from "../upload-attempt.ts";
import type { TusDialect } from "./tus-dialect.ts";

type TusUpload = UploadAttempt<TusDialect>;

/** A smaller part is not worth a connection of its own. */
const MIN_PART_BYTES = 1024 * 1024;

/** Sends a body, in several parts at once if the server can put them together. */
export async function sendInParts(upload: TusUpload): Promise<Outcome> {
  upload.tell("connecting");
  const count = await upload.dialect.prepare();
  if (typeof count !== "number") return count;
  if (upload.parts.length === 0) upload.parts = divided(wholeOf(upload), count);
  return sendAll(upload, false);
}

/** @param isAgain the server refused to put the parts together, so each is checked again */
async function sendAll(upload: TusUpload, isAgain: boolean): Promise<Outcome> {
  const { run, dialect, parts } = upload;
  const end = await sendParts(upload);
  if (end !== undefined) return end;
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
async function sendParts(upload: TusUpload): Promise<Outcome | undefined> {
  const { run, parts } = upload;
  const indexes = parts.keys();
  let end: Outcome | undefined;
  let atOnce = Math.min(parts.length, run.connections);
  run.keepConnections(atOnce);
  const sendOneByOne = async (): Promise<void> => {
    for (const index of indexes) {
      const over = await new PartUpload(upload, index).send().catch((error) => run.outcomeOf(error));
      end ??= over;
    }
    atOnce -= 1;
    // Putting the parts together needs one.
    run.keepConnections(Math.max(1, atOnce));
  };
  await Promise.all(Array.from({ length: atOnce }, sendOneByOne));
  return end;
}

/** @param count how many parts the body may be divided into */
function divided(whole: UploadPartRow, count: number): UploadPartRow[] {
  const { end, url } = whole;
  const length = url === undefined ? Math.max(Math.ceil(end / count), MIN_PART_BYTES) : end;
  const starts = Array.from({ length: Math.ceil(end / length) || 1 }, (_, n) => n * length);
  return starts.map((start) => ({ ...whole, start, end: Math.min(end, start + length) }));
}

/** Reads the answer to putting the parts together: anything but 201 leaves the upload in parts. */
function readConclusion({ response }: Exchange): Reply {
  const reply = replyAboutUpload(response);
  if (reply !== undefined) return reply;
  return response.status === 201 ? { kind: "answer" } : nonsense(response, "to the concatenation");
}
