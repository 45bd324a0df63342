import { within } from "../../async/within.ts";
import { deleteStoredSession } from "../../store/sessions.ts";
import type { CarriedTasks } from "../background-fetch/carried-tasks.ts";
import type { Handover } from "../background-fetch/handover.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { Admission } from "./admission.ts";
import type { Configurations } from "./configurations.ts";
import type { LiveRows } from "./live-rows.ts";
import type { Runs } from "./runs.ts";
import type { UploadRemovals } from "./upload-removals.ts";

export interface SessionDeletionOptions {
  readonly host: Pick<DaemonHost, "database">;
  readonly rows: LiveRows;
  readonly configurations: Configurations;
  readonly admission: Admission;
  readonly runs: Runs;
  readonly removals: UploadRemovals;
  readonly carried: CarriedTasks;
  readonly handover: Handover;
  readonly replan: () => void;
}

/** A run that does not stop must not hold up the deletion. */
const STOPPING_MS = 5_000;

/** Deletes a session with everything in it. Nothing of it goes out once this has fulfilled. */
export async function deleteSession(session: string, options: SessionDeletionOptions): Promise<void> {
  const { host, handover } = options;
  const left = forget(session, options);
  await deleteStoredSession(host.database, session);
  // What was read before it was gone may have been taken up meanwhile.
  await Promise.all([left, forget(session, options), handover.untilAnswered()]);
  // Nor does a page take it along when it leaves.
  handover.pagesChanged();
}

/** Fulfils when the browser fetches nothing more of the session; all else is over at once. */
async function forget(session: string, options: SessionDeletionOptions): Promise<void> {
  const { rows, configurations, admission, runs, removals, carried, replan } = options;
  admission.startOver();
  const stopped = within(STOPPING_MS, runs.stopSession(session));
  removals.stopSession(session);
  const forgotten = rows.forget(session);
  configurations.forget(session);
  replan();
  await Promise.all([stopped, ...forgotten.map((row) => carried.left(row.backgroundFetch?.id))]);
}
