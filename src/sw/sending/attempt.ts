import type { StoredConfiguration } from "../../protocol/configuration.ts";
import { readBody } from "../../store/bodies.ts";
import type { TaskRow } from "../../store/schema.ts";
import { checkpointUpload } from "../../store/uploads.ts";
import { Unwanted } from "../decisions/attempt-errors.ts";
import { outcomeOfError } from "../decisions/failure-class.ts";
import { RunReport } from "../ports/run-report.ts";
import type { Run, TransportHost } from "../ports/transport.ts";
import { peekAnswer, receiveAnswer } from "../transports/receive-answer.ts";
import { refusalOf } from "../transports/refusal.ts";
import { exchangeAtOrigin } from "../transports/upload-redirect.ts";
import { uploadRequest } from "../transports/upload-request.ts";
import { sender } from "./sender.ts";
import type { WillSend } from "./will-send.ts";

export interface AttemptOptions
  extends Pick<Run, "signal" | "connections" | "keepConnections" | "limit" | "report" | "reportResumed"> {
  readonly row: TaskRow;
  readonly configuration: StoredConfiguration;
  readonly host: TransportHost;
  readonly willSend: WillSend | undefined;
  readonly onHookError: (error: unknown) => void;
}

/** Returns all that a transport needs for one attempt. */
export function attemptAt(options: AttemptOptions): Run {
  const { row, configuration, host, signal, connections, keepConnections, limit, report, reportResumed } =
    options;
  const run: Run = {
    row,
    configuration,
    host,
    signal,
    connections,
    keepConnections,
    limit,
    report,
    reportResumed,
    body: () => readBody(host.database, row),
    request: (details, requestSignal) => uploadRequest(row, configuration, details, requestSignal),
    send: sender(options),
    progress: new RunReport({ row, host, report }),
    exchange: (details, bytesAcknowledged) => exchangeAtOrigin(run, details, bytesAcknowledged),
    refusal: (response, hasProgressed) => refusalOf(run, response, hasProgressed),
    receive: (exchange) => receiveAnswer(run, exchange),
    peek: ({ response }) => peekAnswer(response),
    outcomeOf: (error) => outcomeOfError(error, signal.aborted),
    checkpoint: async (upload) => {
      if (!(await checkpointUpload(host.database, row, upload))) throw new Unwanted();
    },
  };
  return run;
}
