import type { UploadPartRow } from "../../store/schema.ts";
import { changed } from "../../store/tasks.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { PartUpload } from "./part-upload.ts";
import type { UploadAttempt } from "./upload-attempt.ts";

/** Sends a body as one upload. */
export async function sendWhole(upload: UploadAttempt): Promise<Outcome> {
  upload.tell("connecting");
  if (upload.parts.length === 0) upload.parts = [wholeOf(upload)];
  upload.run.keepConnections(1);
  return (await new PartUpload(upload, 0).send()) ?? { kind: "stopped" };
}

/** Returns the body as one part. */
export function wholeOf({ body: { size }, resumeAt: url }: UploadAttempt): UploadPartRow {
  // What the server has of an upload that the app names is not from us.
  return changed<UploadPartRow>({ start: 0, end: size, offset: 0, reach: url ? size : 0 }, { url });
}
