import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readResult } from "../../src/app/tasks/task-result.ts";
import { canResume } from "../../src/store/can-resume.ts";
import type { Database } from "../../src/store/database.ts";
import { insertTasks } from "../../src/store/insert.ts";
import type { TaskRow } from "../../src/store/schema.ts";
import { openStoredSession } from "../../src/store/sessions.ts";
import { readTask } from "../../src/store/tasks.ts";
import { ietf } from "../../src/sw/uploads/ietf/index.ts";
import { tus } from "../../src/sw/uploads/tus/index.ts";
import { takeClock } from "../support/clock.ts";
import { freshName } from "../support/fake-database.ts";
import { FakeWorld, macrotasks } from "../support/fake-world.ts";
import { casesOf, FUZZ_TIMEOUT_MS, SEED } from "../support/fuzz.ts";
import { nastyHeaders, nastyUploadHeaders, uselessValidators } from "../support/nasty-headers.ts";
import { RangeServer } from "../support/range-server.ts";
import { type RowOptions, taskRow } from "../support/task-row.ts";

const STANDARD_CASES = 400;
const FILE_BYTES = 1_000;
const UPLOAD_BYTES = 300_000;
/** The task's time limit; by its end every waiting task has ended. */
const TIME_FOR_ALL_MS = 6 * 3_600_000;
const STEP_MS = 10 * 60_000;
/** Retries end up a quarter of an hour apart, and each makes only a few requests. */
const MANY_REQUESTS = 150;

/** One answer. */
interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Undefined stands for the validators of the version. */
  readonly validators: Record<string, string> | undefined;
  /** The right range, the whole, a piece, or nothing. */
  readonly body: "asked" | "whole" | "piece" | "none";
  /** Whether `Content-Range` declares the range that the body really is. */
  readonly isTruthful: boolean;
  readonly breaksOff: boolean;
  readonly isAnotherVersion: boolean;
}

const seldom = fc.constantFrom(false, false, false, true);
const anyAnswer: fc.Arbitrary<Answer> = fc.record({
  status: fc.constantFrom(
    ...[200, 200, 201, 204, 206, 206, 206, 301, 304, 400, 404, 409, 410, 412, 413, 416, 416],
    ...[423, 429, 460, 500, 503, 503, 599],
  ),
  headers: nastyHeaders,
  validators: fc.option(uselessValidators, { nil: undefined, freq: 3 }),
  body: fc.constantFrom("asked", "asked", "whole", "piece", "none"),
  isTruthful: fc.boolean(),
  breaksOff: seldom,
  isAnotherVersion: seldom,
});

/** Answers to a resumable upload, which often come near to the truth. */
const anyUploadAnswer: fc.Arbitrary<Answer> = fc
  .tuple(anyAnswer, fc.constantFrom(201, 204, 204, 200, 409, 503), nastyUploadHeaders)
  .map(([answer, status, headers]) => ({ ...answer, status, headers, validators: {}, isTruthful: false }));

/** A file that comes in pieces, with validators that do not tell its versions apart. */
const anyBrokenFile: fc.Arbitrary<Answer[]> = fc
  .tuple(
    uselessValidators,
    fc.array(
      fc.record({
        status: fc.constantFrom(200, 206, 206),
        breaksOff: fc.boolean(),
        isAnotherVersion: seldom,
      }),
      { minLength: 2, maxLength: 6 },
    ),
  )
  .map(([validators, answers]) =>
    answers.map((answer) => {
      const isTruthful = answer.status === 206;
      return { ...answer, headers: {}, validators, isTruthful, body: isTruthful ? "asked" : "whole" };
    }),
  );

/** A server that gives these answers, at first or for ever; every body belongs to one version. */
class NastyServer {
  readonly #answers: readonly Answer[];
  readonly #isForEver: boolean;
  readonly #isForeign: boolean;
  version = 1;
  requests = 0;

  constructor(answers: readonly Answer[], isForEver: boolean, isForeign: boolean) {
    this.#answers = answers;
    this.#isForEver = isForEver;
    this.#isForeign = isForeign;
  }

  bytes(version: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: FILE_BYTES }, (_, index) => (index * 7 + version * 31) % 251);
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    request.signal.throwIfAborted();
    if (request.mode === "no-cors") return new Response();
    const nth = this.requests;
    this.requests += 1;
    const answer = this.#answers[this.#isForEver ? nth % this.#answers.length : nth];
    const response = answer === undefined ? this.#honest(request) : this.#nasty(request, answer);
    Object.defineProperty(response, "url", { value: request.url });
    Object.defineProperty(response, "type", { value: this.#isForeign ? "cors" : "basic" });
    return response;
  };

  #nasty(request: Request, answer: Answer): Response {
    if (answer.isAnotherVersion) this.version += 1;
    const all = this.bytes(this.version);
    const start = startOf(request) ?? 0;
    const [from, to] = {
      asked: [start, FILE_BYTES],
      whole: [0, FILE_BYTES],
      piece: [start, start + 100],
      none: [0, 0],
    }[answer.body] as [number, number];
    const body = all.slice(from, to);
    const headers = { ...this.#validators(), ...answer.validators, ...answer.headers };
    if (answer.isTruthful) headers["content-range"] = `bytes ${from}-${Math.max(from, to - 1)}/${FILE_BYTES}`;
    // A lie about the position of a body would amount to another file.
    else if (/^bytes \d/.test(headers["content-range"] ?? "") && from > 0) delete headers["content-range"];
    const hasNoBody = [204, 304].includes(answer.status) || request.method === "HEAD";
    const content = hasNoBody ? null : answer.breaksOff ? broken(body) : body;
    return new Response(content, { status: answer.status, headers });
  }

  #honest(request: Request): Response {
    const all = this.bytes(this.version);
    const start = startOf(request);
    const headers = this.#validators();
    if (start === undefined) return new Response(all, { headers });
    if (start >= FILE_BYTES)
      return new Response(null, { status: 416, headers: { "content-range": `bytes */${FILE_BYTES}` } });
    return new Response(all.slice(start), {
      status: 206,
      headers: { ...headers, "content-range": `bytes ${start}-${FILE_BYTES - 1}/${FILE_BYTES}` },
    });
  }

  #validators(): Record<string, string> {
    const lastModified = new Date(1_445_412_480_000 + this.version * 60_000).toUTCString();
    return { etag: `"${this.version}"`, "last-modified": lastModified };
  }
}

function startOf({ headers }: Request): number | undefined {
  const range = /^bytes=(\d+)-/.exec(headers.get("range") ?? "");
  return range === null ? undefined : Number(range[1]);
}

/** Half of the body, and then the connection breaks. */
function broken(body: Uint8Array): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(body.slice(0, body.length / 2));
    },
    async pull(controller) {
      await macrotasks(2);
      controller.error(new TypeError("network error"));
    },
  });
}

const KINDS = ["download", "foreign download", "data", "upload", "tus", "ietf"] as const;
type Kind = (typeof KINDS)[number];

function rowOf(kind: Kind, host: string): TaskRow {
  const url = `https://${kind === "foreign download" ? "else" : "app"}.test/${host}`;
  const deadline = Date.now() + TIME_FOR_ALL_MS;
  const post = { kind: "upload", method: "POST", hasBody: true } as const;
  const counts = { sizeBytes: UPLOAD_BYTES, bytesAcknowledged: 0 };
  const options: Record<Kind, RowOptions> = {
    download: {},
    "foreign download": {},
    data: { kind: "data" },
    upload: { ...post, upload: counts },
    tus: { ...post, upload: { ...counts, protocol: "tus", connections: 3 } },
    ietf: { ...post, upload: { ...counts, protocol: "ietf" } },
  };
  return taskRow({ url, deadline, ...options[kind] });
}

let hosts = 0;

class Story {
  readonly world: FakeWorld;
  readonly page: Database;
  readonly server: NastyServer;
  readonly row: TaskRow;

  constructor(kind: Kind, server: NastyServer) {
    hosts += 1;
    this.server = server;
    this.world = new FakeWorld(freshName(), Object.assign(new RangeServer(), { fetch: server.fetch }));
    this.world.uploadProtocols = [tus, ietf];
    this.page = this.world.page();
    this.row = rowOf(kind, `file-${hosts}`);
  }

  async begin(): Promise<void> {
    await openStoredSession(this.page, "session", undefined);
    const body = new Blob([new Uint8Array(UPLOAD_BYTES)]);
    await insertTasks(
      this.page,
      [{ row: this.row, onDuplicate: "keep", ...(this.row.hasBody && { body }) }],
      0,
    );
    this.world.start();
  }

  /** Lets time pass until the task has ended, at the latest when its time is over. */
  async end(): Promise<TaskRow> {
    for (let passedMs = 0; passedMs <= TIME_FOR_ALL_MS + STEP_MS; passedMs += STEP_MS) {
      await this.#rest();
      if ((await this.#now()).state === "completed") return this.#now();
      await vi.advanceTimersByTimeAsync(STEP_MS);
    }
    throw new Error(`The task never ends: ${JSON.stringify(await this.#now())}`);
  }

  /** Lets everything that needs no time run to its end. */
  async #rest(): Promise<void> {
    for (let before = -1; before !== this.server.requests; ) {
      before = this.server.requests;
      await macrotasks(30);
    }
  }

  async #now(): Promise<TaskRow> {
    return (await readTask(this.page, "session", this.row.key)) as TaskRow;
  }

  close(): void {
    this.world.kill();
    this.page.close();
    vi.clearAllTimers();
  }
}

describe("the daemon, whatever a server answers", () => {
  beforeEach(() => takeClock());
  afterEach(() => void vi.useRealTimers());

  async function check(story: Story): Promise<TaskRow> {
    await story.begin();
    const row = await story.end();
    const thrown = story.world.log.filter(({ level }) => level === "error");
    expect(thrown).toEqual([]);
    // The app can read its result.
    const { file, response } = await readResult(story.page, row);
    if (file !== undefined) await expectOneVersion(story, row, file);
    if (row.failure === undefined) expect(response?.status).toBe(row.response?.status);
    return row;
  }

  async function expectOneVersion({ server }: Story, row: TaskRow, file: File): Promise<void> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    expect(bytes.length).toBe(row.bytesReceived);
    const versions = Array.from({ length: server.version }, (_, index) => server.bytes(index + 1));
    // Some suggest a path, or what is special in a file system.
    expect(file.name).toMatch(/^(?!\.)[^\p{Cc}/\\:*?"<>|]{1,255}$/u);
    // A server may make a whole answer as short as it likes.
    const isPiece = (version: Uint8Array) => isContained(version, bytes);
    expect(versions.some(isPiece)).toBe(true);
  }

  function isContained(version: Uint8Array, bytes: Uint8Array): boolean {
    return Buffer.from(version).includes(Buffer.from(bytes));
  }

  it(
    "that continues for ever: each task ends, after few requests",
    async () => {
      const some = (answer: fc.Arbitrary<Answer>) => fc.array(answer, { minLength: 1, maxLength: 3 });
      const anyCase = fc.oneof(
        fc.tuple(fc.constantFrom(...KINDS), some(anyAnswer)),
        fc.tuple(fc.constantFrom("tus" as const, "ietf" as const), some(anyUploadAnswer)),
      );
      await fc.assert(
        fc.asyncProperty(anyCase, async ([kind, all]) => {
          vi.setSystemTime(1_000_000);
          const story = new Story(kind, new NastyServer(all, true, kind === "foreign download"));
          try {
            await check(story);
            expect(story.server.requests).toBeLessThan(MANY_REQUESTS);
          } finally {
            story.close();
          }
        }),
        { numRuns: casesOf(STANDARD_CASES), seed: SEED },
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    "and then becomes honest: a download ends in one version of the file, in an answer, or with its bytes kept",
    async () => {
      const answers = fc.oneof(fc.array(anyAnswer, { minLength: 1, maxLength: 8 }), anyBrokenFile);
      const kinds = fc.constantFrom("download" as const, "foreign download" as const, "data" as const);
      await fc.assert(
        fc.asyncProperty(kinds, answers, async (kind, all) => {
          vi.setSystemTime(1_000_000);
          const story = new Story(kind, new NastyServer(all, false, kind === "foreign download"));
          try {
            const row = await check(story);
            // A refusal of the rest keeps the bytes on disk.
            const codes = [undefined, "timed-out", "blocked", ...(canResume(row) ? ["bad-response"] : [])];
            expect(codes).toContain(row.failure?.code);
          } finally {
            story.close();
          }
        }),
        { numRuns: casesOf(STANDARD_CASES), seed: SEED },
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
