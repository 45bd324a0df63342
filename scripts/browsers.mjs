import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { canUseApt, installFromDebian } from "./debian.mjs";
import { isThere, run } from "./run.mjs";

/** Where each engine may already be; `*_PATH` in the environment goes first. */
const ENGINES = {
  chromium: { variable: "CHROMIUM_PATH", paths: ["/usr/bin/chromium"], debian: ["chromium", "procps"] },
  firefox: { variable: "FIREFOX_PATH", paths: ["/usr/bin/firefox-esr"], debian: ["firefox-esr", "procps"] },
  // It has no program of its own: its tests bring one, in Python.
  webkit: { debian: ["gir1.2-webkit2-4.1", "gir1.2-gtk-3.0", "python3-gi", "xvfb", "procps"] },
};

const WEBKIT_BINDINGS = "import gi; gi.require_version('Gtk', '3.0'); gi.require_version('WebKit2', '4.1')";

/** Finds or installs the engines that the tests need. On CI each must be there; elsewhere only Chromium must. */
export async function installBrowsers(names = Object.keys(ENGINES)) {
  for (const name of names) {
    const engine = ENGINES[name];
    if (await isInstalled(name, engine)) continue;
    if (canUseApt()) installFromDebian(engine.debian);
    else if (name === "chromium") run("npx", ["playwright", "install", "chromium"]);
    if (await isInstalled(name, engine)) continue;
    if (process.env.CI || name === "chromium")
      throw new Error(`${name} could not be installed; its tests need it.`);
    const help = engine.variable === undefined ? "" : ` Set ${engine.variable} to run them.`;
    console.log(`${name} is not installed: its tests are skipped.${help}`);
  }
}

/** The Chromium of the tests, which is there after `installBrowsers`. */
export async function chromiumPath() {
  const playwright = await import("@playwright/test");
  return pathOf(ENGINES.chromium) ?? playwright.chromium.executablePath();
}

async function isInstalled(name, engine) {
  if (name === "webkit") return hasWebKit();
  // Playwright's own Firefox is a build of its own, which needs no channel.
  return name === "chromium" ? existsSync(await chromiumPath()) : pathOf(engine) !== undefined;
}

function pathOf({ variable, paths }) {
  return [process.env[variable], ...paths].find((path) => path !== undefined && existsSync(path));
}

function hasWebKit() {
  const python = "/usr/bin/python3";
  if (!isThere("Xvfb") || !existsSync(python)) return false;
  return spawnSync(python, ["-c", WEBKIT_BINDINGS], { stdio: "ignore" }).status === 0;
}
