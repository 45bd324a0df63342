import type { WriteTransaction } from "../../store/database.ts";
import { deleteParts, putShortFile } from "../../store/parts.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { Outcome } from "../decisions/outcome.ts";

/** Changes the bytes on disk with the row: those of a short file come with the outcome, those that it gave up go. */
export async function changeFile(
  tx: WriteTransaction,
  { session, file: before }: TaskRow,
  { file }: TaskRow,
  outcome: Outcome,
): Promise<void> {
  if (before !== undefined && before.fileId !== file?.fileId) await deleteParts(tx, session, before.fileId);
  if (outcome.kind !== "finished" || file === undefined || file !== outcome.file) return;
  // An empty file has no parts.
  if (outcome.bytes?.byteLength) await putShortFile(tx, session, file.fileId, outcome.bytes);
}
