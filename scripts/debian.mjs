import { existsSync, rmSync, writeFileSync } from "node:fs";
import { isThere, run } from "./run.mjs";

export function canUseApt() {
  return process.getuid?.() === 0 && isThere("apt-get");
}

/** Says whether a package may start its services when it is installed: 101 is no. */
const POLICY = "/usr/sbin/policy-rc.d";

let isUpdated = false;

/** Installs packages; none of their services is started. */
export function installFromDebian(packages) {
  const apt = ["-o", "DPkg::Lock::Timeout=300", "-qq"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  if (!isUpdated) run("apt-get", [...apt, "update"], { env });
  isUpdated = true;
  const isOurs = !existsSync(POLICY);
  // `run` ends the process when the command fails.
  const cleanUp = () => rmSync(POLICY, { force: true });
  if (isOurs) {
    process.once("exit", cleanUp);
    writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  }
  run("apt-get", [...apt, "install", "-y", "--no-install-recommends", ...packages], { env });
  if (!isOurs) return;
  cleanUp();
  process.off("exit", cleanUp);
}
