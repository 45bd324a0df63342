import type { AppsAnswer, Question } from "../../protocol/questions.ts";
import type { Failure } from "../../protocol/session-error.ts";
import type { HoldRow, TaskRow } from "../../store/schema.ts";
import { fileFor } from "../../store/successor.ts";
import { changed, ended } from "../../store/tasks.ts";
import { released } from "./after-outcome.ts";
import { nextBackoff } from "./retry-policy.ts";

export interface AnswerFacts {
  readonly now: number;
  /** 0 to 1, drawn for this answer. */
  readonly jitter: number;
}

/** Returns the row after the app has answered the question that it asks. */
export function afterAnswer(row: TaskRow, { disposition, request }: AppsAnswer, facts: AnswerFacts): TaskRow {
  const { hold } = row;
  if (hold?.asks === undefined) return row;
  switch (disposition) {
    case "cancel":
      return ended(row, cancelledBy(hold.asks), facts.now);
    case "complete":
      return changed(released(row), { isUnchallenged: true });
    case "wait":
      return waiting(row, hold, facts);
    case "continue":
      return continued(request === undefined ? row : requesting(row, request), facts);
  }
}

/** The first new try does not wait; one that was of no use does. */
function continued(row: TaskRow, facts: AnswerFacts): TaskRow {
  const tries = (row.challenges ?? 1) - 1;
  const backoff = nextBackoff(row, facts);
  return changed(released(row), { backoff: tries === 0 ? undefined : { ...backoff, tries } });
}

/** The backoff of earlier waits is still there, so that the delay grows. A wait is no failure of the app's. */
function waiting(row: TaskRow, hold: HoldRow, facts: AnswerFacts): TaskRow {
  const challenges = (row.challenges ?? 0) - 1;
  return changed(row, {
    challenges: challenges > 0 ? challenges : undefined,
    hold: { ...unasked(hold), asksAgain: true },
    backoff: nextBackoff(row, facts),
  });
}

function unasked({ asks: _, ...hold }: HoldRow): HoldRow {
  return hold;
}

/** The bytes on disk stay: the next answer has to prove that they belong to the same file. */
function requesting(row: TaskRow, request: NonNullable<AppsAnswer["request"]>): TaskRow {
  const { body } = row.request;
  const { mirrors } = row;
  const urls = mirrors?.urls.map((url, index) => (index === mirrors.at ? request.url : url)) ?? [];
  const next = changed(row, {
    request: { ...request, ...(body !== undefined && { body }) },
    mirrors: mirrors && { ...mirrors, urls },
  });
  return changed(next, { file: row.file && fileFor(next, row.file, row) });
}

function cancelledBy(question: Question): Failure {
  return { code: "cancelled", message: `The delegate's ${question} cancelled the task.` };
}
