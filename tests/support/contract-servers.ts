import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import type { UploadServer } from "../../server/uploads/upload-server.ts";
import {
  type ContractServer,
  type UploadContractOptions,
  uploadProtocolContract,
} from "../../src/testing/index.ts";
import type { S3Bucket } from "./servers/s3-bucket.ts";
import { withLength } from "./upload-line.ts";

/** Registers the cases of the contract that is public. */
export function itKeepsTheContract(options: UploadContractOptions): void {
  describe(`${options.protocol.name} keeps the contract of upload protocols`, () => {
    for (const { name, run } of uploadProtocolContract(options)) it(name, { timeout: 120_000 }, run);
  });
}

/** The same with servers on disk. */
export function itKeepsTheContractOnDisk(
  options: Omit<UploadContractOptions, "server">,
  make: (directory: string) => UploadServer,
): void {
  const directories: string[] = [];
  afterAll(async () => {
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
  });
  itKeepsTheContract({
    ...options,
    async server() {
      const directory = await mkdtemp(join(tmpdir(), "uploads-"));
      directories.push(directory);
      return onDisk(make(directory));
    },
  });
}

function onDisk(server: UploadServer): ContractServer {
  const stored = async (isWhole: boolean) =>
    (await server.stored()).filter(({ isComplete }) => isComplete === isWhole);
  return {
    fetch: async (request) => server.handle(withLength(request, await request.arrayBuffer())),
    completed: async () => Promise.all((await stored(true)).map(({ path }) => readFile(path))),
    unfinished: async () => (await stored(false)).length,
    async forget() {
      for (const { path } of await stored(false)) for (const end of ["", ".json"]) await rm(path + end);
    },
  };
}

export function bucketServer(bucket: S3Bucket): ContractServer {
  return {
    fetch: bucket.handle,
    completed: async () => [...bucket.objects.values()].map(({ pieces }) => Buffer.concat(pieces)),
    unfinished: async () => [...bucket.uploads.values()].filter((it) => it.completed === undefined).length,
    forget: async () => bucket.uploads.clear(),
  };
}
