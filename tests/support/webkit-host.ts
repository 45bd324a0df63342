import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("webkit-host.py", import.meta.url));
/** Debian's Python, which has the bindings. */
export const PYTHON = "/usr/bin/python3";

export interface HostEvent {
  readonly event: string;
  readonly page: number;
  readonly url?: string;
}

interface Call {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The process that shows WebKit's pages; see `webkit-host.py` for its commands. */
export class WebKitHost {
  readonly #process: ChildProcess;
  readonly #calls = new Map<number, Call>();
  readonly #ended: Promise<void>;
  #count = 0;
  #errors = "";
  onevent: (event: HostEvent) => void = () => {};

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#ended = new Promise((resolve) => process.once("exit", () => resolve()));
    void this.#ended.then(() => {
      for (const { reject } of this.#calls.values()) reject(new Error(`WebKit has ended. ${this.#errors}`));
      this.#calls.clear();
    });
    // Writes to a browser that was killed are discarded.
    process.stdin?.on("error", () => {});
    process.stderr?.on("data", (text) => {
      this.#errors = (this.#errors + text).slice(-1_000);
    });
  }

  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<WebKitHost> {
    // Started detached, it leads a process group, which can be killed as one.
    const host = new WebKitHost(
      spawn(PYTHON, [SCRIPT, ...args], { detached: true, env: { ...process.env, ...env } }),
    );
    await new Promise<void>((resolve, reject) => {
      void host.#ended.then(() => reject(new Error(`WebKit did not start. ${host.#errors}`)));
      if (host.#process.stdout === null) return;
      createInterface({ input: host.#process.stdout }).on("line", (line) => {
        const message = JSON.parse(line);
        if (message.event === "ready") resolve();
        else if (message.event !== undefined) host.onevent(message);
        else host.#answer(message);
      });
    });
    return host;
  }

  get group(): number {
    return this.#process.pid ?? 0;
  }

  call(name: string, parameters: object = {}): Promise<unknown> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        reject(new Error("WebKit is not running."));
      }
      this.#process.stdin?.write(`${JSON.stringify({ id, name, ...parameters })}\n`);
    });
  }

  async quit(): Promise<void> {
    this.#process.stdin?.end();
    await this.#ended;
    this.#killGroup();
  }

  async kill(): Promise<void> {
    this.#killGroup();
    await this.#ended;
  }

  #killGroup(): void {
    try {
      process.kill(-this.group, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  }

  #answer({ id, value, failure }: { id: number; value?: unknown; failure?: string }): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (failure === undefined) call?.resolve(value);
    else call?.reject(new Error(failure));
  }
}
