import type { Outcome } from "../outcome.ts";
import { Unwanted } from "./part-writer.ts";
import { receiveBody } from "./receive-body.ts";
import { headOf } from "./response-head.ts";
import type { Exchange, Run } from "./transport.ts";

/** Brings the answer to an upload to disk, whole: there is no second one to go on from. */
export async function receiveAnswer(run: Run, { response, watchdog }: Exchange): Promise<Outcome> {
  const receiving = {
    run,
    watchdog,
    response,
    report: run.progress,
    head: headOf(response),
    file: {
      fileId: crypto.randomUUID(),
      isTotalSure: false,
      isSameOrigin: response.type === "basic",
    },
    parts: [],
    end: undefined,
  };
  try {
    return await receiveBody(receiving);
  } catch (error) {
    if (error instanceof Unwanted) return { kind: "stopped" };
    throw error;
  } finally {
    watchdog.stop();
  }
}
