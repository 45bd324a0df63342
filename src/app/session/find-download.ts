import { findDownload as findRow } from "../../store/find-download.ts";
import { taskInfoOf } from "../../store/task-info-of.ts";
import type { FoundDownload } from "../background-session.ts";
import { keyOf } from "../tasks/destination.ts";
import type { SessionCore } from "./session-core.ts";

/** Reads from disk where the bytes of a URL are: the daemon is not asked. */
export async function findDownload(core: SessionCore, url: string | URL): Promise<FoundDownload | undefined> {
  core.check();
  const address = keyOf(String(url));
  if (address === undefined)
    throw new TypeError("findDownload() takes an http: or https: URL without credentials.");
  const row = await findRow(core.database, core.identifier, address);
  if (row === undefined) return undefined;
  const { destination } = row;
  const result = await core.tasks.pastHandleOf(taskInfoOf(row)).completed;
  return { ...result, ...(destination && { destination }) };
}
