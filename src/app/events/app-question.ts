import { type AppsAnswer, DISPOSITIONS, type Question } from "../../protocol/questions.ts";
import type { RequestRecord } from "../../protocol/request-record.ts";
import type { SecretPolicy } from "../../protocol/secret-headers.ts";
import type { TaskRow } from "../../store/schema.ts";
import { replacementOf } from "../requests/request-snapshot.ts";
import { TaskHandle } from "../tasks/task-handle.ts";
import { responseOf } from "../tasks/task-result.ts";
import { warnOnce } from "../warn.ts";
import type { EventInfo } from "./completion-handler.ts";
import type { BeginAnswer, ChallengeAnswer } from "./delegate.ts";
import type { EventCall, EventReceiver } from "./event-receiver.ts";

/** Prepares the call that asks the app about a task; undefined if this realm's delegate does not answer such questions. */
export function askFor(
  type: Question,
  row: TaskRow,
  task: TaskHandle,
  event: EventInfo,
  { delegate, answer, secrets }: EventReceiver,
): EventCall | undefined {
  if (delegate?.[type] === undefined) {
    // Without any delegate, the question is left to others.
    if (delegate !== undefined)
      warnOnce(`A task waits for the delegate's ${type}, which this session does not have.`);
    return undefined;
  }
  const ask = (): ReturnType<EventCall> => {
    if (type === "willBeginDelayedRequest") return delegate[type]?.(task, task.originalRequest, event);
    const response = responseOf(row.hold?.response ?? NO_RESPONSE, null);
    const previousFailureCount = (row.challenges ?? 1) - 1;
    return delegate[type]?.(task, { response, previousFailureCount }, event);
  };
  const { request } = TaskHandle.modelOf(task).info;
  return async () => answer(row, event.eventId, checkedAnswer(await ask(), type, row, request, secrets()));
}

const NO_RESPONSE = { url: "", status: 401, statusText: "", headers: {}, redirected: false };

/** @throws TypeError if it is no answer to the question */
function checkedAnswer(
  given: unknown,
  type: Question,
  { upload }: TaskRow,
  before: RequestRecord,
  secrets: SecretPolicy,
): AppsAnswer {
  const { request } = Object(given) as Exclude<BeginAnswer, string>;
  if (request !== undefined) {
    const next = replacementOf(request, before, secrets);
    if (upload?.protocol !== undefined && next.url !== before.url)
      throw new TypeError("The address of a resumable upload cannot be changed.");
    return { disposition: "continue", request: next };
  }
  const disposition = given as Exclude<ChallengeAnswer, object>;
  if (DISPOSITIONS.includes(disposition) && (disposition !== "complete" || type === "didReceiveChallenge"))
    return { disposition };
  throw new TypeError(
    `${type} must return "continue", "wait", "cancel"${type === "didReceiveChallenge" ? ', "complete"' : ""} or ` +
      "{ request }, or a promise of one of them.",
  );
}
