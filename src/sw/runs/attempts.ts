import type { StoredConfiguration } from "../../protocol/configuration.ts";
import type { Failure } from "../../protocol/session-error.ts";
import type { UploadProtocolName } from "../../protocol/upload-protocol.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import { isCarried } from "../../store/tasks.ts";
import { backgroundFetchTransport } from "../background-fetch/background-fetch-transport.ts";
import { addressOf } from "../decisions/address.ts";
import { outcomeOfError } from "../decisions/failure-class.ts";
import { type FinishingStep, nextStep } from "../decisions/finishing.ts";
import type { Outcome } from "../decisions/outcome.ts";
import { textOf } from "../log.ts";
import type { NoticeBoard } from "../pages/notice-board.ts";
import type { Presence } from "../pages/presence.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { DaemonParts } from "../ports/daemon-parts.ts";
import type { Run, Transport } from "../ports/transport.ts";
import type { UploadProtocol } from "../ports/upload-protocol.ts";
import { attemptAt } from "../sending/attempt.ts";
import type { WillSend } from "../sending/will-send.ts";
import type { ActiveRun } from "./active-run.ts";
import type { LiveRows } from "./live-rows.ts";
import type { TaskLog } from "./task-log.ts";
import type { World } from "./world.ts";

export interface AttemptsOptions extends DaemonParts {
  readonly host: DaemonHost;
  readonly board: NoticeBoard;
  readonly presence: Presence;
  readonly rows: LiveRows;
  readonly world: World;
  readonly configurationOf: (row: TaskRow) => StoredConfiguration;
  readonly transport: Transport;
  readonly willSend?: WillSend | undefined;
  readonly log: TaskLog;
  readonly tell: (row: TaskRow) => void;
  readonly tellProgress: (row: TaskRow) => void;
  readonly replan: () => void;
}

/** Makes one attempt at a task: chooses its transport and gives it what it needs. */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #carriedTransport: Transport;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#carriedTransport = backgroundFetchTransport(
      options.host.fetches,
      () => options.presence.visibleSince,
    );
  }

  /** Never rejects. */
  async make(row: TaskRow, run: ActiveRun): Promise<Outcome> {
    const transport = this.#transportOf(row);
    if (transport === undefined) return { kind: "failed", failure: partMissing(row) };
    try {
      return await transport(this.of(row, run));
    } catch (error) {
      return outcomeOfError(error, run.signal.aborted);
    }
  }

  protocolOf(name: UploadProtocolName): UploadProtocol | undefined {
    return this.#options.uploadProtocols.find((protocol) => protocol.name === name);
  }

  /** Returns what a transport gets for an attempt. */
  of(row: TaskRow, run: ActiveRun, willSend: WillSend | undefined = this.#options.willSend): Run {
    const { host, board, rows, configurationOf, world, log, replan, tell, tellProgress } = this.#options;
    const { session, key } = row;
    const onAnswer = () => {
      if (world.silentHosts.answered(addressOf(row).host)) replan();
    };
    return attemptAt({
      row,
      configuration: configurationOf(row),
      host: { ...host, fetch: (request) => measuredFetch(host, run, request, onAnswer) },
      willSend,
      onHookError: (error) => log("error", row, `The willSend hook threw: ${textOf(error)}`),
      signal: run.signal,
      connections: run.connections,
      keepConnections: (count) => {
        if (count >= run.connections) return;
        run.connections = count;
        replan();
      },
      // A background fetch begins there. A run that waits for one has no limit.
      limit: () => (isCarried(row) ? undefined : rows.byKey.get(key)?.backgroundFetch?.start),
      report: (facts) => {
        const hasOnlyProgressed = facts.activity === run.facts.activity;
        run.facts = facts;
        this.#noteFile(key, facts);
        (hasOnlyProgressed ? tellProgress : tell)(row);
      },
      reportResumed: (offset) => board.now({ type: "resumed", session, key, offset }),
    });
  }

  /** The run stores what it knows of the file with its first bytes; which transport can do the rest depends on it. */
  #noteFile(key: string, { file }: LiveFacts): void {
    const { rows } = this.#options;
    const row = rows.byKey.get(key);
    if (row?.kind !== "download" || file === undefined || file === row.file) return;
    rows.amend(key, { file });
  }

  #transportOf(row: TaskRow): Transport | undefined {
    const { integrity, destinations } = this.#options;
    const step = stepOf(row);
    if (step !== undefined) return { verify: integrity?.verify, place: destinations?.place }[step];
    if (isCarried(row)) return this.#carriedTransport;
    const name = row.upload?.protocol;
    if (name !== undefined) return this.protocolOf(name)?.transport;
    const { parallelRanges, transport } = this.#options;
    return parallelRanges?.transport ?? transport;
  }
}

async function measuredFetch(
  host: Pick<DaemonHost, "fetch" | "now">,
  run: ActiveRun,
  request: Request,
  onAnswer: () => void,
): Promise<Response> {
  // Such a request only looks whether the host is there.
  if (request.mode === "no-cors") return host.fetch(request);
  run.requests += 1;
  run.sentAt = host.now();
  const response = await host.fetch(request);
  const { status, redirected } = response;
  run.answer = { respondedAt: host.now(), status, isRedirected: redirected };
  onAnswer();
  return response;
}

function stepOf(row: TaskRow): FinishingStep | undefined {
  return row.isReceived && nextStep(row);
}

const PARTS = { verify: "integrity", place: "destinations" } as const;

/** The worker had the part when the task was made, and was replaced by one without it. */
function partMissing(row: TaskRow): Failure {
  const step = stepOf(row);
  const name = step === undefined ? row.upload?.protocol : PARTS[step];
  const option = step === undefined ? "uploadProtocols" : name;
  const message =
    `The service worker no longer has the part "${name}". Give it to startDaemon({ ${option} }) again, ` +
    "and go on with the task's resume data.";
  return { code: "daemon-outdated", message };
}
