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

/** Installs those that are missing, where that can be done. Without one its tests are left out, except on CI. */
export function installServers() {
  const missing = Object.keys(SERVERS).filter((program) => !isInstalled(program));
  if (missing.length > 0 && canUseApt()) installFromDebian(missing.map((program) => SERVERS[program]));
  for (const program of missing.filter((name) => !isInstalled(name))) {
    if (process.env.CI) throw new Error(`${program} could not be installed; its tests need it.`);
    console.log(`${program} is not installed: its tests are left out.`);
  }
}

/** Debian keeps daemons where only root looks for programs. */
function isInstalled(program) {
  const daemons = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
  const paths = [...(process.env.PATH ?? "").split(":"), ...daemons, "/usr/lib/python3/dist-packages"];
  return paths.some((path) => existsSync(`${path}/${program}`));
}
