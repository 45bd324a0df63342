import { describe, expect, it } from "vitest";
import { tusUploads } from "../../server/uploads/tus-uploads.ts";
import { type UploadProtocol, type UploadSteps, uploadProtocol } from "../../src/sw/uploads/steps/index.ts";
import { tus } from "../../src/sw/uploads/tus/index.ts";
import { type ContractServer, uploadProtocolContract } from "../../src/testing/index.ts";
import { itKeepsTheContract, itKeepsTheContractOnDisk } from "../support/contract-servers.ts";
import { FullTusServer } from "../support/full-tus-server.ts";
import { sampleFrom } from "../support/sample-from.ts";

type Blocks = UploadSteps<{ has?: number[]; sizeBytes: number }, { kind: string; block?: number }>;

const { blockSteps, blocks } = await sampleFrom<{ blockSteps: Blocks; blocks: UploadProtocol }>(
  "upload-protocols.md",
  "blocks.ts",
);
const { BlockServer } = await sampleFrom<{ BlockServer: new () => ContractServer }>(
  "upload-protocols.md",
  "block-server.ts",
);

/** Three blocks. */
const inBlocks = { server: () => new BlockServer(), url: "/photos/7", sizeBytes: 2_500_000 };

itKeepsTheContract({ protocol: blocks, ...inBlocks });

const { offsets } = await sampleFrom<{ offsets: UploadProtocol }>("upload-protocols.md", "offsets.ts");

itKeepsTheContractOnDisk({ protocol: offsets, url: "/tus", sizeBytes: 2_500_000 }, tusUploads);

describe("the contract of upload protocols finds", () => {
  const broken: [string, Partial<Blocks>, string, RegExp][] = [
    [
      "a protocol that leaves out the end of the body",
      {
        next: (state, upload) => [...blockSteps.next(state, upload)].filter(({ kind }) => kind !== "commit"),
      },
      "the server gets the whole body, once",
      /failed with bad-response.*nothing to send/,
    ],
    [
      "a protocol that takes for granted that the server has what was sent",
      { restore: (_, { sizeBytes }) => ({ sizeBytes, has: [0, 1] }), read: believing },
      "the worker may be killed before the server acts, whichever it is",
      /at request 2: the task ended with the status 409/,
    ],
    [
      "a protocol that reads the state of any version",
      { restore: (stored) => stored as { sizeBytes: number } },
      "a stored state of another version is not used",
      /the task failed with bad-response/,
    ],
    [
      "a protocol that believes every success",
      { read: believing },
      "a success that the server did not give is not believed",
      /the server has 0 complete uploads, not 1/,
    ],
    [
      "a protocol that leaves cancelled uploads on the server",
      { removal: () => [] },
      "a cancelled upload is removed from the server",
      /unfinished uploads on the server/,
    ],
    [
      "a protocol whose progress falls",
      { acknowledgedBytes: (state) => (state.has?.length === 1 ? state.sizeBytes : 0) },
      "the progress never falls, and ends with the size of the body",
      /countOfBytesSent has fallen/,
    ],
    [
      "a protocol that counts more than there is",
      { acknowledgedBytes: (state) => state.sizeBytes * 2 },
      "the server gets the whole body, once",
      /countOfBytesSent is 5000000/,
    ],
    [
      "a protocol that does not believe that the server has lost what it had",
      {
        read: (step, answer, state, upload) =>
          step.kind === "list"
            ? { kind: "next", state: { ...state, has: [0, 1, 2] } }
            : blockSteps.read(step, answer, state, upload),
      },
      "an upload that the server has lost begins anew",
      /failed with bad-response.*without progress/,
    ],
    [
      "a protocol that throws at an answer that it does not expect",
      {
        read(step, answer, state, upload) {
          if (step.kind === "list") JSON.parse(answer.text);
          return blockSteps.read(step, answer, state, upload);
        },
      },
      "the upload ends, whatever the server says to a new worker",
      /JSON/,
    ],
    [
      "a protocol that waits for ever",
      {
        request: (step, state, upload) =>
          step.kind === "commit" ? "wait" : blockSteps.request(step, state, upload),
      },
      "the server gets the whole body, once",
      /the upload waits for ever/,
    ],
    [
      "a protocol that asks for ever",
      {
        parallel: () => 1,
        // Each answer brings a byte of progress.
        acknowledgedBytes: ({ has = [] }) => has.length,
        read: (_, __, state) => ({ kind: "next", state: { ...state, has: [...(state.has ?? []), 0] } }),
        next: ({ has = [] }) => [{ kind: "block", block: has.length % 3 }],
      },
      "the server gets the whole body, once",
      /the upload has no end/,
    ],
  ];

  /** Takes any 2xx for what was expected. */
  function believing(...[step, answer, state, upload]: Parameters<Blocks["read"]>) {
    if (step.kind === "commit") return { kind: "answer" } as const;
    return blockSteps.read(step, answer, state, upload);
  }

  it.each(broken)("%s", { timeout: 120_000 }, async (_, change, name, message) => {
    const protocol = uploadProtocol({ ...blockSteps, ...change });
    const found = uploadProtocolContract({ ...inBlocks, protocol }).find((it) => it.name === name);
    expect(found).toBeDefined();
    await expect(found?.run()).rejects.toThrow(message);
  });

  it("a server of which it has not heard", () => {
    for (const options of [{}, { protocol: tus }, { server: () => new FullTusServer() }])
      expect(() => uploadProtocolContract(options as never)).toThrow(TypeError);
  });
});
