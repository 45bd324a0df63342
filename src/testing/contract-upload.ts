import type { BackgroundSession } from "../app/background-session.ts";
import type { BackgroundTask } from "../app/background-task.ts";
import { createTestWorld } from "./create-test-world.ts";
import { assert, timers } from "./node-builtins.ts";
import type { TestWorld } from "./test-world.ts";
import type { ContractServer, UploadContractOptions } from "./upload-contract-options.ts";

/** What happens to a request on its way; a `Response` answers in place of the server. */
export type Mishap =
  | "none"
  | "request lost"
  | "answer lost"
  | "killed before the server acts"
  | "killed after the server has acted"
  | Response;

/** @param number of the request, from 1 */
export type Fate = (number: number) => Mishap;

export interface ContractSetting {
  readonly sizeBytes?: number;
  readonly connections?: number;
}

const SESSION = "upload-protocol-contract";
/** Longer than any backoff. */
const PAUSE_MS = 3_600_000;
/** The library gives up after four failures in a row here, each of at most 100 requests without progress. */
const MOST_REQUESTS = 500;
const MOST_PAUSES = 5;
const REAL_MS = 100;

/** One upload by the protocol under test, in a world of its own. */
export class ContractUpload {
  readonly world: TestWorld;
  readonly server: ContractServer;
  readonly task: BackgroundTask;
  readonly body: Uint8Array<ArrayBuffer>;
  /** How many requests have come. */
  requests = 0;
  /** `countOfBytesSent` after each answer. */
  readonly counts: number[] = [];

  private constructor(
    world: TestWorld,
    server: ContractServer,
    session: BackgroundSession,
    { url = "/upload", metadata }: UploadContractOptions,
    { protocol, sizeBytes, connections }: ContractSetting & { protocol: string; sizeBytes: number },
  ) {
    this.world = world;
    this.server = server;
    this.body = bytesOf(sizeBytes);
    this.task = session.uploadTask(url, new Blob([this.body]), {
      protocol,
      ...(metadata && { metadata }),
      ...(connections && { connections }),
    });
  }

  /** Runs `use` with an upload that has begun. */
  static async during(
    options: UploadContractOptions,
    setting: ContractSetting,
    use: (upload: ContractUpload) => Promise<void>,
  ): Promise<void> {
    const { protocol, sizeBytes = 1_000_000 } = options;
    const server = await options.server();
    const world = createTestWorld({ uploadProtocols: [protocol] });
    try {
      const configuration = { retry: { limit: 3 } };
      // Nothing may wait for a delegate: the world would wait with it.
      const session = await world.open(SESSION, { configuration, delegate: { didComplete() {} } });
      const facts = { sizeBytes, ...setting, protocol: protocol.name };
      const upload = new ContractUpload(world, server, session, options, facts);
      await world.until(upload.task.resume());
      await use(upload);
    } finally {
      await world.close();
    }
  }

  /** Lets the requests and the server meet until the task has ended. Rejects if it does not end. */
  async finish(fate: Fate = () => "none"): Promise<void> {
    let pauses = 0;
    while (this.task.state !== "completed") {
      if (await this.meet(fate)) pauses = 0;
      else pauses += 1;
      assert.ok(pauses < MOST_PAUSES, `the upload waits for ever: its activity is ${this.task.activity}`);
      if (pauses > 0) await this.world.advance(PAUSE_MS);
    }
  }

  /** Takes one request to its end. @returns false if none waits */
  async meet(fate: Fate): Promise<boolean> {
    const { world, task, server } = this;
    const request = await world.request(task).catch(() => undefined);
    if (request === undefined) return false;
    this.requests += 1;
    assert.ok(this.requests < MOST_REQUESTS, `the upload has no end after ${MOST_REQUESTS} requests`);
    const mishap = fate(this.requests);
    const isReached = !["request lost", "killed before the server acts"].includes(String(mishap));
    const answer =
      mishap instanceof Response ? mishap : isReached ? await this.real(server.fetch(request)) : undefined;
    if (String(mishap).startsWith("killed")) await world.killWorker();
    else if (answer === undefined || mishap === "answer lost") await world.fail(task);
    else await world.finish(task, answer);
    const { countOfBytesSent: count } = task;
    assert.ok(count >= 0 && count <= this.body.byteLength, `countOfBytesSent is ${count}`);
    this.counts.push(count);
    return true;
  }

  /** Waits for something of the server, which may use a disk: the world's clock stands still at first. */
  async real<Value>(promise: Promise<Value>): Promise<Value> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    promise.then(over, over);
    for (let waited = 0; waited < REAL_MS && !isOver; waited += 1) await timers.setTimeout(1);
    return this.world.until(promise);
  }

  /** Checks that the server has the body as one complete upload, and nothing else. */
  async expectWhole(): Promise<void> {
    const whole = await this.real(this.server.completed());
    assert.equal(whole.length, 1, `the server has ${whole.length} complete uploads, not 1`);
    const [bytes = new Uint8Array()] = whole;
    const { body } = this;
    assert.equal(bytes.byteLength, body.byteLength, "the server's upload has another length than the body");
    let same = 0;
    while (same < body.byteLength && bytes[same] === body[same]) same += 1;
    assert.equal(same, body.byteLength, `the server's upload differs from the body at byte ${same}`);
  }

  /** Checks that the task ended with a success, and that the server has the body. */
  async expectSuccess(): Promise<void> {
    const { error, response } = this.task;
    assert.equal(error, undefined, `the task failed with ${error?.code}: ${error?.message}`);
    assert.ok(response?.ok, `the task ended with the status ${response?.status}`);
    await this.expectWhole();
  }
}

/** No two places in it look the same. */
function bytesOf(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let index = 0; index < words.length; index += 1) words[index] = index * 2_654_435_761;
  return new Uint8Array(words.buffer, 0, sizeBytes);
}
