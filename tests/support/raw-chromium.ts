import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { chromiumPath } from "./chromium.ts";

/**
 * A Chromium that nothing is attached to. A worker with a debugger on it is never stopped, which hides every fault of
 * its life; this browser is only told, over HTTP, which pages to open and close.
 */
export class RawChromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #port: number;

  private constructor(process: ChildProcess, profile: string, port: number) {
    this.#process = process;
    this.#profile = profile;
    this.#port = port;
  }

  static async launch(): Promise<RawChromium> {
    const profile = await mkdtemp(join(tmpdir(), "background-session-"));
    const child = spawn(
      chromiumPath() ?? chromium.executablePath(),
      [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        "about:blank",
      ],
      { stdio: "ignore", detached: true },
    );
    return new RawChromium(child, profile, await portOf(profile));
  }

  /** Opens a page. @returns its id, for `close` */
  async open(url: string): Promise<string> {
    const address = `http://127.0.0.1:${this.#port}/json/new?${url}`;
    const answer = await fetch(address, { method: "PUT" });
    return ((await answer.json()) as { id: string }).id;
  }

  /** Brings another page to the front: the one before is hidden then. */
  async activate(page: string): Promise<void> {
    await fetch(`http://127.0.0.1:${this.#port}/json/activate/${page}`);
  }

  async closePage(page: string): Promise<void> {
    await fetch(`http://127.0.0.1:${this.#port}/json/close/${page}`);
  }

  async close(): Promise<void> {
    const { pid } = this.#process;
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** The browser writes the port that it got into its profile. */
async function portOf(profile: string): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const text = await readFile(join(profile, "DevToolsActivePort"), "utf8").catch(() => "");
    const port = Number(text.split("\n")[0]);
    if (port > 0) return port;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("Chromium did not start.");
}
