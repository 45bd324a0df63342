import { UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import { isFinished } from "../../protocol/task-state.ts";
import { endedBadly } from "../../store/following-end.ts";
import type { TaskRow } from "../../store/schema.ts";
import { fileFor } from "../../store/successor.ts";
import { changed, type TaskChange } from "../../store/tasks.ts";
import type { Outcome } from "./outcome.ts";
import { withoutProof } from "./without-proof.ts";

/** What says that this server cannot give the file. What the disk, the app or the user stops would stop any other. */
const FAILURES_OF_SERVERS: readonly string[] = ["bad-response", "blocked", "integrity-mismatch"];

/**
 * Returns the row after `outcome`, which led from `before` to `after`: it goes on at the next mirror if this server failed.
 * The next one is asked at once, unless all of them have failed since the last progress: then `after` says what follows.
 */
export function withMirrors(before: TaskRow, after: TaskRow, outcome: Outcome): TaskRow {
  if (before.mirrors === undefined) return after;
  const { next, untried } = before.mirrors;
  if ("hasProgressed" in outcome && outcome.hasProgressed)
    return changed(after, { mirrors: { next, untried: next.length } });
  if (!isOfServer(before, outcome)) return after;
  if (untried > 0) return atNextMirror(changed(before, again(before, after, outcome)), untried - 1);
  return isFinished(after.state) ? after : atNextMirror(after, next.length);
}

function isOfServer({ acceptStatuses }: TaskRow, outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "finished":
      return endedBadly({ response: outcome.response, acceptStatuses });
    case "failed":
      return FAILURES_OF_SERVERS.includes(outcome.failure.code);
    default:
      return ["unanswered", "refused", "unusable", "interrupted"].includes(outcome.kind);
  }
}

/** The bytes on disk stay if they are of the file: the next server has to prove that it is the same. */
function again(before: TaskRow, after: TaskRow, outcome: Outcome): TaskChange {
  const { attempts, suspectedBlocks = before.suspectedBlocks } = after;
  const common = { attempts, suspectedBlocks, hold: undefined, isReceived: undefined, isVerified: undefined };
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

/** The one that failed becomes the last. */
function atNextMirror(row: TaskRow, untried: number): TaskRow {
  const { request, mirrors, file } = row;
  const [url = request.url, ...rest] = mirrors?.next ?? [];
  const moved = changed(row, {
    request: { ...request, url },
    mirrors: { next: [...rest, request.url], untried },
    backgroundFetch: undefined,
  });
  return changed(moved, { file: file && fileFor(moved, file, row) });
}
