import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";

/** Returns the group of the process with this argument. */
export function groupOfProcess(argument: string): number {
  const [pid = ""] = execFileSync("pgrep", ["-f", "--", argument], { encoding: "utf8" }).trim().split("\n");
  return Number(execFileSync("ps", ["-o", "pgid=", "-p", pid], { encoding: "utf8" }).trim());
}

/** Resident memory of all processes of a group, in bytes: a browser's renderers do not name its profile. */
export async function residentBytesOfGroup(group: number): Promise<number> {
  const names = await readdir("/proc");
  const sizes = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((pid) => sizeIn(group, pid)),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** 0 for a process of another group, and for one that is gone. */
async function sizeIn(group: number, pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name in parentheses may contain anything; then come the state, the parent and the group.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (Number(fields[2]) !== group) return 0;
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
