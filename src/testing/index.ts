export type { HandleEvents } from "../sw/launches/active-launch.ts";
export { createTestWorld } from "./create-test-world.ts";
export type { TestResponse } from "./exchange.ts";
export { createTestTask, type TestTaskOptions } from "./test-task.ts";
export type { TestDaemonOptions } from "./test-worker.ts";
export type { TestWorld, TestWorldOptions } from "./test-world.ts";
export { uploadProtocolContract } from "./upload-contract.ts";
export type { ContractCase, ContractServer, UploadContractOptions } from "./upload-contract-options.ts";
