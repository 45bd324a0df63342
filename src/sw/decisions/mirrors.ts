import { UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import { isFinished } from "../../protocol/task-state.ts";
import { hasUsableBytes } from "../../store/can-resume.ts";
import { endedBadly } from "../../store/following-end.ts";
import type { MirrorsRow, TaskRow } from "../../store/schema.ts";
import { fileFor } from "../../store/successor.ts";
import { changed, type TaskChange } from "../../store/tasks.ts";
import type { Outcome } from "./outcome.ts";
import { withoutProof } from "./without-proof.ts";

/** What says that this server cannot give the file. What the disk, the app or the user stops would stop any other. */
const FAILURES_OF_SERVERS: readonly string[] = ["bad-response", "blocked", "integrity-mismatch"];
/** A server that has given a part of the file is left after so many attempts: another may have to begin at 0. */
const MOST_TRIES = 3;

/**
 * Returns the row after `outcome`, which led from `before` to `after`: it goes on at the next mirror if this server failed.
 * The next one is asked at once, unless all of them have failed since the last progress: then `after` says what follows.
 */
export function withMirrors(before: TaskRow, after: TaskRow, outcome: Outcome): TaskRow {
  const { mirrors } = before;
  if (mirrors === undefined) return after;
  const all = mirrors.urls.length - 1;
  if ("hasProgressed" in outcome && outcome.hasProgressed)
    return changed(after, { mirrors: { ...mirrors, untried: all } });
  if (!hasServerFailed(before, after, outcome)) return after;
  if (mirrors.untried > 0)
    return atNextMirror(changed(before, again(before, after, outcome)), mirrors, mirrors.untried - 1);
  return isFinished(after.state) ? after : atNextMirror(after, mirrors, all);
}

function hasServerFailed(before: TaskRow, after: TaskRow, outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "finished":
      return endedBadly({ response: outcome.response, acceptStatuses: before.acceptStatuses });
    case "failed":
      return FAILURES_OF_SERVERS.includes(outcome.failure.code);
    case "unanswered":
    case "interrupted":
      return !hasUsableBytes(before) || isFinished(after.state) || Number(after.backoff?.tries) >= MOST_TRIES;
    case "unusable":
      // `willSend` returned something that nobody can be asked.
      return outcome.code !== "internal";
    default:
      return outcome.kind === "refused";
  }
}

/** The bytes on disk stay if they are of the file: the next server has to prove that it is the same. */
function again(before: TaskRow, after: TaskRow, outcome: Outcome): TaskChange {
  const { attempts, suspectedBlocks = before.suspectedBlocks } = after;
  const finishing = { isReceived: undefined, isVerified: undefined };
  const common = { attempts, suspectedBlocks, backoff: undefined, hold: undefined, ...finishing };
  const isOfNoUse = outcome.kind === "finished" || (outcome.kind === "failed" && outcome.dropsBytes);
  if (!isOfNoUse) return common;
  const file = outcome.kind === "finished" ? outcome.file : before.file;
  return {
    ...common,
    response: undefined,
    file: file && withoutProof(file),
    bytesReceived: 0,
    bytesExpected: UNKNOWN_LENGTH,
  };
}

function atNextMirror(row: TaskRow, { urls, at: before }: MirrorsRow, untried: number): TaskRow {
  const at = (before + 1) % urls.length;
  const { request, file } = row;
  const moved = changed(row, {
    request: { ...request, url: urls[at] ?? request.url },
    mirrors: { urls, at, untried },
    backgroundFetch: undefined,
  });
  return changed(moved, { file: file && fileFor(moved, file, row) });
}
