import type { StoredConfiguration } from "../protocol/configuration.ts";
import type { TaskRow } from "../store/schema.ts";
import type { Outcome } from "./outcome.ts";
import { maySend, SENT_BEFORE } from "./send-once.ts";
import type { TransportHost } from "./transports/transport.ts";
import { requestToSend, type WillSend } from "./will-send.ts";

export interface SenderOptions {
  readonly row: TaskRow;
  readonly configuration: StoredConfiguration;
  readonly host: TransportHost;
  readonly willSend: WillSend | undefined;
  /** The app's hook threw. */
  readonly onHookError: (error: unknown) => void;
}

/**
 * Returns the way in which every request of a task goes out: the app is asked first, and an answer that the task
 * waits at is no answer (U5). What it fulfils with instead of a response ends the run.
 */
export function sender({ row, configuration, host, willSend, onHookError }: SenderOptions) {
  const withheld = (status?: number): Outcome => ({
    kind: "withheld",
    asksAgain: willSend !== undefined,
    ...(status !== undefined && { status }),
  });

  return async (request: Request): Promise<Response | Outcome> => {
    let asked: Request | "wait" | "cancel" = request;
    try {
      if (willSend !== undefined) asked = await requestToSend(willSend, request, row);
    } catch (error) {
      onHookError(error);
      return withheld();
    }
    if (asked === "wait") return withheld();
    if (asked === "cancel") return { kind: "failed", failure: CANCELLED };
    if (request.signal.aborted) return { kind: "stopped" };
    if (!(await maySend(host.database, row, configuration))) return SENT_BEFORE;
    const response = await host.fetch(asked);
    if (!waitStatusesOf(row, configuration).includes(response.status)) return response;
    await response.body?.cancel().catch(() => {});
    return withheld(response.status);
  };
}

/** A configuration that an earlier version has stored knows of none. */
function waitStatusesOf(row: TaskRow, configuration: Partial<StoredConfiguration>): readonly number[] {
  return row.waitStatuses ?? configuration.waitStatuses ?? [];
}

const CANCELLED = { code: "cancelled", message: "The app's willSend hook cancelled the task." } as const;
