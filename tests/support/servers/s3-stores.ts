import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";
import type { S3Key } from "../presign-of-docs.ts";

/** A running store with an S3 API, which allows parts of 1 MiB. */
export interface S3Store {
  readonly origin: string;
  close(): Promise<void>;
}

/** What it answers where stores differ: a status, and the code of an error. */
export interface StoreHabits {
  /** The message about an expired signature. */
  readonly expired: string;
  /** Complete that names the parts in the wrong order, and one that does not name all. */
  readonly disorder: string;
  readonly unnamedPart: string;
  /** After Complete: ListParts, a part, Complete again. */
  readonly completed: readonly [list: string, part: string, complete: string];
  /** The same after Abort. */
  readonly aborted: readonly [list: string, part: string, complete: string];
}

/** A store that is installed as a package of Debian. */
export interface StoreProgram {
  readonly name: string;
  /** Its user. */
  readonly key: S3Key;
  readonly habits: StoreHabits;
  start(): Promise<S3Store>;
}

const PYTHON = "/usr/bin/python3";

const KEY: S3Key = { id: "test:tester", secret: "testing", region: "us-east-1" };

/** Whether Debian's `python3-swift` is installed. */
export function hasSwift(): boolean {
  return spawnSync(PYTHON, ["-c", "import swift, eventlet, paste.deploy"]).status === 0;
}

export const SWIFT: StoreProgram = {
  name: "OpenStack Swift",
  key: KEY,
  habits: {
    expired: "Request has expired",
    disorder: "400 InvalidPartOrder",
    unnamedPart: "200",
    completed: ["200", "200", "200"],
    aborted: ["404 NoSuchUpload", "404 NoSuchUpload", "404 NoSuchUpload"],
  },
  start: () => startStore("swift", PYTHON, [fileOf("swift-server.py")]),
};

/** Debian's `radosgw`, `ceph-mon` and `ceph-osd`. */
export const CEPH: StoreProgram = {
  name: "Ceph",
  key: KEY,
  habits: {
    expired: "",
    disorder: "200",
    unnamedPart: "400 InvalidPart",
    completed: ["404 NoSuchKey", "404 NoSuchUpload", "200"],
    aborted: ["404 NoSuchKey", "404 NoSuchUpload", "500 InternalError"],
  },
  start: () => startStore("ceph", "/bin/bash", [fileOf("ceph-server.sh"), KEY.id, KEY.secret]),
};

/** Starts a program with a directory of its own and a port, and waits for the line that it prints. */
async function startStore(name: string, command: string, [script = "", ...args]: string[]): Promise<S3Store> {
  const directory = await mkdtemp(join(tmpdir(), `${name}-`));
  // It uses three ports above it too.
  const port = Math.min(await freePort(), 65_000);
  const child = spawn(command, [script, directory, String(port), ...args]);
  const ended = once(child, "exit");
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const close = async () => {
    child.stdin.end();
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  const listens = await Promise.race([once(child.stdout, "data"), ended.then(() => undefined)]);
  if (listens !== undefined) return { origin: `http://127.0.0.1:${port}`, close };
  await close();
  throw new Error(`${name} does not start: ${errors}`);
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
