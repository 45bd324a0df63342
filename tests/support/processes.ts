import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";

/** Returns the group of the process with this argument. */
export function groupOfProcess(argument: string): number {
  const [pid = ""] = execFileSync("pgrep", ["-f", "--", argument], { encoding: "utf8" }).trim().split("\n");
  return Number(execFileSync("ps", ["-o", "pgid=", "-p", pid], { encoding: "utf8" }).trim());
}

/** Resident memory of all processes of a group, in bytes: a browser's renderers do not name its profile. */
export async function residentBytesOfGroup(group: number): Promise<number> {
  const status = await Promise.all(
    (await processesOf(group)).map(({ pid }) => readFile(`/proc/${pid}/status`, "utf8").catch(() => "")),
  );
  return status.reduce((sum, text) => sum + Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024, 0);
}

/** Processor time that all living processes of a group have used so far, in milliseconds. */
export async function processorMsOfGroup(group: number): Promise<number> {
  const processes = await processesOf(group);
  const ticks = processes.reduce((sum, { fields }) => sum + Number(fields[11]) + Number(fields[12]), 0);
  return ticks * TICK_MS;
}

/** `CLK_TCK` of Linux. */
const TICK_MS = 10;

interface Process {
  readonly pid: string;
  /** Those of `/proc/<pid>/stat` after its name: the state, the parent, the group … */
  readonly fields: readonly string[];
}

async function processesOf(group: number): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(
    pids.map(async (pid) => {
      // Gone, perhaps.
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      // The name in parentheses may contain anything.
      return { pid, fields: stat.slice(stat.lastIndexOf(")") + 2).split(" ") };
    }),
  );
  return processes.filter(({ fields }) => Number(fields[2]) === group);
}
