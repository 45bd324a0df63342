import { CONTRACT_CASES } from "./contract-cases.ts";
import type { ContractCase, UploadContractOptions } from "./upload-contract-options.ts";

/**
 * Returns the cases that every upload protocol should pass: each runs your protocol in a test world against your server,
 * loses requests and answers, kills the worker, and compares what the server has in the end. Runs in Node; see
 * `docs/upload-protocols.md`.
 *
 * @example
 * for (const { name, run } of uploadProtocolContract({ protocol: blocks, server: () => new BlockServer() }))
 *   test(name, { timeout: 60_000 }, run);
 *
 * @throws TypeError if `protocol` or `server` is missing
 */
export function uploadProtocolContract(options: UploadContractOptions): readonly ContractCase[] {
  if (typeof options.protocol?.transport !== "function")
    throw new TypeError("protocol must be what uploadProtocol() returns.");
  if (typeof options.server !== "function") throw new TypeError("server must be a function.");
  return CONTRACT_CASES.map(({ name, play }) => ({ name, run: () => afterOthers(() => play(options)) }));
}

let last: Promise<unknown> = Promise.resolve();

/** Only one world can be open. A test framework does not wait for a case that takes too long, but the next one does. */
function afterOthers(play: () => Promise<void>): Promise<void> {
  const playing = last.then(play);
  last = playing.catch(() => {});
  return playing;
}
