import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../../src/protocol/configuration.ts";
import type { Database } from "../../../src/store/database.ts";
import { readParts } from "../../../src/store/parts.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { changeTask, readTask } from "../../../src/store/tasks.ts";
import { afterOutcome } from "../../../src/sw/decisions/after-outcome.ts";
import { parallelTransport } from "../../../src/sw/parallel/parallel-transport.ts";
import type { TransportHost } from "../../../src/sw/ports/transport.ts";
import { attemptAt } from "../../../src/sw/sending/attempt.ts";
import { fetchTransport } from "../../../src/sw/transports/fetch-transport.ts";
import { insert } from "../stored.ts";
import { taskRow } from "../task-row.ts";

/** A request, and the status of its answer. */
export interface Asked {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly status: number;
}

/** The headers that every server exposes without CORS headers. */
const SAFELISTED = [
  "cache-control",
  "content-language",
  "content-length",
  "content-type",
  "expires",
  "last-modified",
];

/** Small files are split too. */
const TRANSPORT = parallelTransport({ leftBytes: 100_000, segmentBytes: 50_000 });

/** A download by the real transport over real HTTP; attempts are made one by one, as the daemon makes them. */
export class DownloadFrom {
  readonly asked: Asked[] = [];
  /** How many connections the attempts kept, each time they gave some up. */
  readonly kept: number[] = [];
  /** That of its session. */
  configuration: StoredConfiguration = DEFAULT_CONFIGURATION;
  readonly #database: Database;
  readonly #key: string;
  readonly #origin: string;

  private constructor(database: Database, key: string, origin: string) {
    this.#database = database;
    this.#key = key;
    this.#origin = origin;
  }

  /** @param isForeign as seen from a page of another origin, which the server allows while it exposes nothing */
  static async of(
    database: Database,
    url: string,
    isForeign: boolean,
    method = "GET",
    connections = 1,
  ): Promise<DownloadFrom> {
    const { row } = await insert(database, taskRow({ url, method, connections }));
    return new DownloadFrom(database, row.key, isForeign ? "https://app.test" : new URL(url).origin);
  }

  async row(): Promise<TaskRow> {
    return (await readTask(this.#database, "session", this.#key)) as TaskRow;
  }

  /** Makes one attempt and records its outcome. */
  async attempt(): Promise<TaskRow> {
    const { configuration } = this;
    const facts = { now: Date.now(), jitter: 0, configuration };
    const host: TransportHost = {
      database: this.#database,
      origin: this.#origin,
      now: Date.now,
      isOnline: () => true,
      fetch: (request) => this.#fetch(request),
      freeBytes: async () => undefined,
    };
    const row = await this.row();
    const { connections = 1 } = row;
    const isInRanges = connections > 1 || configuration.maximumDownloadRate > 0;
    const transport = isInRanges ? TRANSPORT : fetchTransport;
    const outcome = await transport(
      attemptAt({
        row,
        configuration,
        host,
        willSend: undefined,
        onHookError: () => {},
        signal: new AbortController().signal,
        connections,
        keepConnections: (count) => void this.kept.push(count),
        limit: () => undefined,
        report: () => {},
        reportResumed: () => {},
      }),
    );
    const change = (row: TaskRow) => afterOutcome(row, outcome, facts);
    await changeTask(this.#database, "session", this.#key, "strict", change);
    return this.row();
  }

  /** Makes attempts until the download has ended. */
  async end(): Promise<TaskRow> {
    for (let count = 0; count < 10; count += 1) {
      const row = await this.attempt();
      if (row.state === "completed") return row;
    }
    return this.row();
  }

  /** The bytes of the download on disk. */
  async bytes(): Promise<Uint8Array> {
    const { session, file } = await this.row();
    const parts = await readParts(this.#database, session, file?.fileId ?? "");
    return new Uint8Array(await new Blob(parts.map((part) => part.bytes)).arrayBuffer());
  }

  async #fetch(request: Request): Promise<Response> {
    const response = await fetch(request);
    const header = (name: string) => request.headers.get(name) ?? undefined;
    this.asked.push({ range: header("range"), ifRange: header("if-range"), status: response.status });
    if (new URL(request.url).origin === this.#origin) return response;
    const shown = [...response.headers].filter(([name]) => SAFELISTED.includes(name));
    const seen = new Response(response.body, { status: response.status, headers: shown });
    Object.defineProperty(seen, "type", { value: "cors" });
    Object.defineProperty(seen, "url", { value: response.url });
    return seen;
  }
}
