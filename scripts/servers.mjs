import { existsSync } from "node:fs";
import { canUseApt, installFromDebian } from "./debian.mjs";

/** The servers that the contract tests start themselves, and their packages. Swift, which has an S3 API, is a Python module. */
const SERVERS = {
  nginx: "nginx-light",
  apache2: "apache2",
  lighttpd: "lighttpd",
  caddy: "caddy",
  swift: "python3-swift",
};

const CEPH = { ceph: "ceph-common", "ceph-mon": "ceph-mon", "ceph-osd": "ceph-osd", radosgw: "radosgw" };

/** Installs those that are missing, where that can be done. Without one its tests are left out, except on CI. */
export function installServers() {
  for (const program of install(SERVERS)) {
    if (process.env.CI) throw new Error(`${program} could not be installed; its tests need it.`);
    console.log(`${program} is not installed: its tests are left out.`);
  }
}

/** The same for Ceph. */
export function installCeph() {
  const missing = install(CEPH);
  if (missing.length > 0)
    throw new Error(`The tests need Debian's ${missing.map((it) => CEPH[it]).join(", ")}.`);
}

/** @returns the programs that are still missing */
function install(packages) {
  const missing = Object.keys(packages).filter((program) => !isInstalled(program));
  if (missing.length > 0 && canUseApt()) installFromDebian(missing.map((program) => packages[program]));
  return missing.filter((program) => !isInstalled(program));
}

/** Debian keeps daemons where only root looks for programs. */
function isInstalled(program) {
  const daemons = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
  const paths = [...(process.env.PATH ?? "").split(":"), ...daemons, "/usr/lib/python3/dist-packages"];
  return paths.some((path) => existsSync(`${path}/${program}`));
}
