import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { integrityOf } from "../../protocol/integrity.ts";
import type { Failure } from "../../protocol/session-error.ts";
import { lengthOf, readParts } from "../../store/parts.ts";
import type { Outcome } from "../decisions/outcome.ts";
import type { Run } from "../ports/transport.ts";
import { piecesOf } from "../transports/stored-pieces.ts";

/** What stops the digest of a body. */
type Stop = Extract<Outcome, { kind: "stopped" | "restart" }>;

/** Computes a digest piece by piece. The platform can only digest a body that is in memory as a whole. */
interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

const HASHERS = { sha256, sha384, sha512 };

/** Compares the body on disk with the `integrity` of its request. It is read piece by piece, and never as a whole. */
export async function verify(run: Run): Promise<Outcome> {
  const { response, file, bytesReceived, request } = run.row;
  const wanted = integrityOf(request.integrity);
  if (response === undefined || wanted === undefined) return BYTES_LOST;
  run.progress.tell("finishing", bytesReceived, file, response);
  const hasher = HASHERS[wanted.algorithm].create();
  const stop = await digestBody(run, hasher);
  if (stop !== undefined) return stop;
  const digest = btoa(String.fromCharCode(...hasher.digest())).replace(/=+$/, "");
  if (wanted.digests.includes(digest)) return { kind: "finished", response, file, bytesReceived };
  return { kind: "failed", failure: mismatch(wanted.algorithm, digest), dropsBytes: true };
}

async function digestBody({ row, host, signal }: Run, hasher: Hasher): Promise<Stop | undefined> {
  const { response, file, bytesReceived } = row;
  if (response?.body !== undefined) {
    hasher.update(new Uint8Array(response.body));
    return undefined;
  }
  const parts = file === undefined ? [] : await readParts(host.database, row.session, file.fileId);
  if (lengthOf(parts) !== bytesReceived) return BYTES_LOST;
  for await (const piece of piecesOf(parts)) {
    if (signal.aborted) return { kind: "stopped" };
    hasher.update(piece);
  }
  return undefined;
}

const BYTES_LOST: Stop = {
  kind: "restart",
  reason: "bytes that were to be checked are gone",
  isUnranged: false,
};

function mismatch(algorithm: string, digest: string): Failure {
  const message = `What was received is not what integrity says: its ${algorithm} is "${algorithm}-${digest}". It was deleted.`;
  return { code: "integrity-mismatch", message };
}
