import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../src/protocol/configuration.ts";
import type { UploadProtocolName } from "../../src/protocol/upload-protocol.ts";
import type { Database } from "../../src/store/database.ts";
import { insertTasks } from "../../src/store/insert.ts";
import type { TaskRow } from "../../src/store/schema.ts";
import type { LiveFacts } from "../../src/store/task-info-of.ts";
import { changeTask, readTask } from "../../src/store/tasks.ts";
import { afterOutcome } from "../../src/sw/decisions/after-outcome.ts";
import type { Outcome } from "../../src/sw/decisions/outcome.ts";
import type { Run } from "../../src/sw/ports/transport.ts";
import type { UploadProtocol } from "../../src/sw/ports/upload-protocol.ts";
import { attemptAt } from "../../src/sw/sending/attempt.ts";
import type { WillSend } from "../../src/sw/sending/will-send.ts";
import { type RowOptions, taskRow } from "./task-row.ts";
import { uploadBytes } from "./upload-bytes.ts";
import { type Handler, UploadLine } from "./upload-line.ts";

export interface BenchSetting {
  readonly sizeBytes?: number;
  readonly row?: RowOptions;
  readonly connections?: number;
  readonly configuration?: Partial<StoredConfiguration>;
  readonly body?: Blob;
  readonly willSend?: WillSend;
}

/** An upload, its disk, and the connection to its server; `attempt` runs the transport once, as the daemon does. */
export interface UploadBench {
  readonly line: UploadLine;
  readonly database: Database;
  readonly reports: LiveFacts[];
  readonly resumedAt: number[];
  /** How many connections the runs kept, each time that one was returned. */
  readonly kept: number[];
  readonly controller: AbortController;
  /** @param changed what of the configuration is another one from then on */
  run(changed?: Partial<StoredConfiguration>): Promise<Run>;
  attempt(): Promise<Outcome>;
  /** Makes attempts until the task has ended, without pauses; each outcome is recorded as the daemon does. */
  finish(limit?: number): Promise<Outcome[]>;
  row(): Promise<TaskRow>;
}

export async function uploadBench(
  database: Database,
  protocol: UploadProtocol,
  handle: Handler,
  setting: BenchSetting = {},
): Promise<UploadBench> {
  const { sizeBytes = 1_000_000, connections } = setting;
  const name: UploadProtocolName = protocol.name;
  const body = setting.body ?? new Blob([uploadBytes(sizeBytes)]);
  const task = taskRow({
    kind: "upload",
    url: `https://app.test/${name}`,
    method: "POST",
    ...(body.size > 0 && { hasBody: true as const }),
    upload: {
      protocol: name,
      sizeBytes: body.size,
      bytesAcknowledged: 0,
      ...(connections && { connections }),
    },
    ...setting.row,
  });
  await insertTasks(database, [{ row: task, onDuplicate: "keep", ...(body.size > 0 && { body }) }], 0);
  const line = new UploadLine(handle);
  const controller = new AbortController();
  const reports: LiveFacts[] = [];
  const resumedAt: number[] = [];
  const kept: number[] = [];
  let configuration = { ...DEFAULT_CONFIGURATION, ...setting.configuration };
  const row = async () => (await readTask(database, "session", task.key)) as TaskRow;
  const run = async (changed: Partial<StoredConfiguration> = {}) => {
    configuration = { ...configuration, ...changed };
    return attemptAt({
      row: await row(),
      configuration,
      host: {
        database,
        origin: "https://app.test",
        now: () => Date.now(),
        isOnline: () => true,
        fetch: line.fetch,
        freeBytes: async () => undefined,
      },
      willSend: setting.willSend,
      onHookError: () => {},
      signal: controller.signal,
      connections: Math.min(connections ?? 1, configuration.httpMaximumConnectionsPerHost),
      keepConnections: (count) => void kept.push(count),
      limit: () => undefined,
      report: (facts) => void reports.push(facts),
      reportResumed: (offset) => void resumedAt.push(offset),
    });
  };
  const attempt = async () => {
    const outcome = await protocol.transport(await run());
    const facts = { now: Date.now(), jitter: 0, configuration };
    await changeTask(database, "session", task.key, "strict", (it) => afterOutcome(it, outcome, facts));
    return outcome;
  };
  const finish = async (limit = 30) => {
    const outcomes: Outcome[] = [];
    while ((await row()).state === "running" && outcomes.length < limit) outcomes.push(await attempt());
    return outcomes;
  };
  return { line, database, reports, resumedAt, kept, controller, run, attempt, finish, row };
}
