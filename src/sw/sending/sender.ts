import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { TaskRow } from "../../store/schema.ts";
import { outcomeOfError, Thrown } from "../decisions/failure-class.ts";
import { holdAt } from "../decisions/held-statuses.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { SentBody, TransportHost } from "../ports/transport.ts";
import { peekAnswer } from "../transports/receive-answer.ts";
import { headOf } from "../transports/response-head.ts";
import { replaceRequest } from "../transports/sent-request.ts";
import { maySend, SENT_BEFORE } from "./send-once.ts";
import { requestToSend, type WillSend } from "./will-send.ts";

type Withheld = Extract<Outcome, { kind: "withheld" }>;

export interface SenderOptions {
  readonly row: TaskRow;
  readonly configuration: StoredConfiguration;
  readonly host: TransportHost;
  readonly willSend: WillSend | undefined;
  /** The app's hook threw. */
  readonly onHookError: (error: unknown) => void;
}

/**
 * Returns the function that sends every request of a task. It asks the app first, and withholds an answer whose status is
 * in `challengeStatuses` or `waitStatuses` (U5). An outcome instead of a response ends the run.
 */
export function sender({ row, configuration, host, willSend, onHookError }: SenderOptions) {
  const withheld = (facts: Pick<Withheld, "status" | "answer" | "challenge"> = {}): Withheld => ({
    kind: "withheld",
    asksAgain: willSend !== undefined,
    ...facts,
  });

  const ask = async (request: Request, body?: SentBody): Promise<Request | Outcome> => {
    if (willSend === undefined) return request;
    try {
      const asked = await Promise.race([
        requestToSend(willSend, request, row, body),
        whenAborted(request.signal),
      ]);
      if (asked === "wait") return withheld();
      return asked === "cancel" ? { kind: "failed", failure: CANCELLED } : asked;
    } catch (error) {
      // The hook took too long, or the run is over.
      throwIfOver(request);
      const thrown = error instanceof Thrown ? error : new Thrown("asking willSend", error);
      onHookError(thrown.cause);
      return outcomeOfError(thrown, false);
    }
  };

  return async (request: Request, body?: SentBody): Promise<Response | Outcome> => {
    const asked = await ask(request, body);
    if ("kind" in asked) return asked;
    throwIfOver(request);
    if (!(await maySend(host.database, row, configuration))) return SENT_BEFORE;
    throwIfOver(request);
    replaceRequest(request, asked);
    const response = await host.fetch(asked).catch((error: unknown) => {
      throw new Thrown("sending", error);
    });
    if (asked.url !== row.request.url) hideQuery(response);
    const hold = holdAt(row, configuration, response.status);
    if (hold === undefined) return response;
    const isAboutBytes = row.upload?.protocol !== undefined && body !== undefined;
    return withheld({
      status: response.status,
      ...(isAboutBytes && { answer: await peekAnswer(response) }),
      ...(hold === "challenge" && { challenge: headOf(response) }),
    });
  };
}

function throwIfOver({ signal }: Request): void {
  if (signal.aborted) throw new Thrown("sending", signal.reason);
}

/** A hook may hang forever; the run must not. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason);
    if (signal.aborted) fail();
    signal.addEventListener("abort", fail, { once: true });
  });
}

/** The URL is stored with the answer, and what the hook or a protocol added to it must not reach the disk (X2). */
function hideQuery(response: Response): void {
  if (!URL.canParse(response.url)) return;
  const url = new URL(response.url);
  if (url.search === "") return;
  url.search = "";
  Object.defineProperty(response, "url", { value: url.href });
}

const CANCELLED = { code: "cancelled", message: "The app's willSend hook cancelled the task." } as const;
