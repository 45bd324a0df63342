import { type Answer, textAnswer } from "./answer.ts";
import { type Controlled, controlAnswer } from "./control.ts";
import { allowCrossOrigin, optionsAnswer } from "./cross-origin.ts";
import { deliver } from "./delivery.ts";
import {
  answerWithSwitches,
  catalogueAnswer,
  type EndpointContext,
  hasSwitches,
  methodNotAllowed,
} from "./endpoints.ts";
import type { Exchange } from "./exchange.ts";
import { passOn } from "./pass-on.ts";
import type { RequestLog } from "./request-log.ts";
import type { Routes } from "./routes.ts";
import { staticAnswer } from "./static-files.ts";
import type { Uploads } from "./uploads/uploads.ts";

export interface HandlerContext extends EndpointContext {
  readonly log: RequestLog;
  readonly routes: Routes;
  readonly uploads: Uploads;
  readonly staticDirs: readonly string[];
  /** Absent if no other server is behind this one. */
  readonly behind?: string;
  /** Set on every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent if the control endpoints are off. */
  readonly control?: Controlled;
}

/** Answers a request on either origin; never rejects. */
export async function handleRequest(exchange: Exchange, context: HandlerContext): Promise<void> {
  const { response, signal } = exchange;
  response.on("error", () => {}); // A write to a closed connection fails; `signal` ends the work.
  try {
    for (const [name, value] of Object.entries(context.headers)) response.setHeader(name, value);
    const control = context.control && controlAnswer(exchange, context.control);
    if (control) return await deliver(exchange, control);
    context.log.add(exchange);
    await answer(exchange, context);
  } catch (error) {
    if (signal.aborted || response.destroyed || response.headersSent) response.destroy();
    else await deliver(exchange, textAnswer(500, String(error))).catch(() => response.destroy());
  }
}

/** The first that knows the path answers: a test's route, preflights, the endpoints with switches, another server, the files. */
async function answer(exchange: Exchange, context: HandlerContext): Promise<void> {
  allowCrossOrigin(exchange);
  const route = context.routes.find(exchange.path);
  if (route) return route(exchange);
  const upload = context.uploads.kindOf(exchange.path);
  if (upload !== undefined) return context.uploads.answer(upload, exchange);
  if (exchange.method === "OPTIONS") return deliver(exchange, optionsAnswer(exchange));
  if (hasSwitches(exchange.path)) return answerWithSwitches(exchange, context);
  if (context.behind !== undefined) return passOn(exchange, context.behind);
  await deliver(exchange, await plainAnswer(exchange, context));
}

async function plainAnswer(exchange: Exchange, { staticDirs, crossOrigin }: HandlerContext): Promise<Answer> {
  if (!exchange.path.startsWith("/")) return textAnswer(400, "The target of a request starts with a slash.");
  return (
    methodNotAllowed(exchange) ??
    catalogueAnswer(exchange, crossOrigin) ??
    (await staticAnswer(exchange, staticDirs)) ??
    textAnswer(404, "Nothing is here.")
  );
}
