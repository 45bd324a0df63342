import { setTimeout as delay } from "node:timers/promises";
import { type Answer, jsonAnswer, textAnswer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestLog } from "./request-log.ts";

const LONGEST_DOWN_MS = 600_000;

/** The part of the server that the control endpoints need. */
export interface Controlled {
  readonly log: RequestLog;
  reset(): void;
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
}

/**
 * `/__log?path=`, `/__reset` and `/__down?ms=`, for people and for the demo app.
 *
 * Only on the app's own origin: the log has the headers of all requests. They are not logged themselves.
 */
export function controlAnswer(
  { listener, path, query, response }: Exchange,
  server: Controlled,
): Answer | undefined {
  if (listener === "cross") return undefined;
  if (path === "/__log") return jsonAnswer(server.log.matching(query.get("path") ?? undefined));
  if (path === "/__reset") {
    server.reset();
    return textAnswer(200, "Logs, counters and routes are cleared.");
  }
  if (path !== "/__down") return undefined;
  const downMs = Number(query.get("ms"));
  if (!(downMs >= 1 && downMs <= LONGEST_DOWN_MS)) {
    return textAnswer(400, `ms must be a number of milliseconds, 1–${LONGEST_DOWN_MS}.`);
  }
  response.once("close", () => void goDownFor(server, downMs));
  return textAnswer(202, `Down for ${downMs} ms.`, { connection: "close" });
}

async function goDownFor(server: Controlled, downMs: number): Promise<void> {
  await server.goDown();
  await delay(downMs);
  await server.comeBack();
}
