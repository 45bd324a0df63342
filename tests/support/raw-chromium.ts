import { type ChildProcess, spawn } from "node:child_process";
import { on, once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { WebSocket } from "ws";
import { KEY_DIGEST } from "../../server/http2/front.ts";
import { chromiumPath } from "./chromium.ts";

/**
 * A Chromium without a debugger attached. A worker with a debugger is never stopped, which hides every fault of its
 * life; this browser is told over HTTP which pages to open and close, and a test may talk to a page, but never to a
 * worker. It can also freeze pages, which a browser that Playwright drives cannot.
 */
export class RawChromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #port: number;
  /** Connections whose settings end with them, by address. */
  readonly #held = new Map<string, WebSocket>();

  private constructor(process: ChildProcess, profile: string, port: number) {
    this.#process = process;
    this.#profile = profile;
    this.#port = port;
  }

  static async launch(
    env: Readonly<Record<string, string>> = {},
    flags: readonly string[] = [],
  ): Promise<RawChromium> {
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
        `--ignore-certificate-errors-spki-list=${KEY_DIGEST}`,
        `--user-data-dir=${profile}`,
        ...flags,
        "about:blank",
      ],
      { stdio: "ignore", detached: true, env: { ...process.env, ...env } },
    );
    return new RawChromium(child, profile, await portOf(profile));
  }

  /** The group of all its processes. */
  get processGroup(): number {
    return this.#process.pid ?? Number.NaN;
  }

  /** Opens a page. @returns its id, for `close` */
  async open(url: string): Promise<string> {
    const address = `http://127.0.0.1:${this.#port}/json/new?${url}`;
    const answer = await fetch(address, { method: "PUT" });
    return ((await answer.json()) as { id: string }).id;
  }

  /** Brings another page to the front, which hides the previous one. */
  async activate(page: string): Promise<void> {
    await fetch(`http://127.0.0.1:${this.#port}/json/activate/${page}`);
  }

  async closePage(page: string): Promise<void> {
    await fetch(`http://127.0.0.1:${this.#port}/json/close/${page}`);
  }

  /** Grants an origin these permissions, by their names in the debugger's protocol, and revokes all others. */
  async allow(origin: string, permissions: readonly string[]): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/json/version`);
    const { webSocketDebuggerUrl } = (await answer.json()) as { webSocketDebuggerUrl: string };
    await this.#hold(webSocketDebuggerUrl, ["Browser.grantPermissions", { origin, permissions }]);
  }

  /** Takes the pages and workers that run offline. From then on they have a debugger, and no worker is stopped. */
  async takeOffline(): Promise<void> {
    const conditions = { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    for (const { type, webSocketDebuggerUrl } of await this.#targets()) {
      if (type !== "page" && type !== "service_worker") continue;
      await this.#hold(
        webSocketDebuggerUrl,
        ["Network.enable", {}],
        ["Network.emulateNetworkConditions", conditions],
        // Without it, `onLine` stays true in workers.
        ["Network.overrideNetworkState", conditions],
      );
    }
  }

  /** Sends commands on a connection that stays open until the browser is closed. */
  async #hold(address: string, ...commands: readonly Command[]): Promise<void> {
    const socket = new WebSocket(address);
    this.#held.set(address, socket);
    await once(socket, "open");
    await answerOn(socket, ...commands);
  }

  /** If a connection closes, its process is online again, whichever connection took it offline: so each is used on. */
  #sendTo(address: string, ...commands: readonly Command[]): Promise<unknown> {
    const held = this.#held.get(address);
    return held === undefined ? sendTo(address, ...commands) : answerOn(held, ...commands);
  }

  async #targets(): Promise<Target[]> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/json/list`);
    return (await answer.json()) as Target[];
  }

  /** The URLs of the open pages. */
  async pages(): Promise<string[]> {
    return (await this.#targets()).filter(({ type }) => type === "page").map(({ url }) => url);
  }

  /** Freezes a page as the system does to save memory, or thaws it. */
  async setFrozen(page: string, isFrozen: boolean): Promise<void> {
    await this.#send(page, ["Page.setWebLifecycleState", { state: isFrozen ? "frozen" : "active" }]);
  }

  /** Stops every service worker, as the browser does at any time. */
  async stopWorkers(page: string): Promise<void> {
    await this.#send(page, ["ServiceWorker.enable", {}], ["ServiceWorker.stopAllWorkers", {}]);
  }

  /** The heap in use by the scripts of all pages, or of all workers, after garbage collection. */
  async heapBytes(type: "page" | "service_worker"): Promise<number> {
    let bytes = 0;
    for (const { webSocketDebuggerUrl } of (await this.#targets()).filter((target) => target.type === type)) {
      const heap = await this.#sendTo(
        webSocketDebuggerUrl,
        ["HeapProfiler.collectGarbage", {}],
        ["Runtime.getHeapUsage", {}],
      );
      bytes += (heap as { usedSize: number }).usedSize;
    }
    return bytes;
  }

  /** Clicks into a page, as a user does. */
  async click(page: string): Promise<void> {
    const at = { x: 50, y: 50, button: "left", clickCount: 1 };
    await this.#send(
      page,
      ["Input.dispatchMouseEvent", { type: "mousePressed", ...at }],
      ["Input.dispatchMouseEvent", { type: "mouseReleased", ...at }],
    );
  }

  /** Evaluates an expression in a page, and waits for its promise. */
  async evaluate<Value>(page: string, expression: string): Promise<Value> {
    const parameters = { expression, awaitPromise: true, returnByValue: true };
    const answer = await this.#send(page, ["Runtime.evaluate", parameters]);
    const { result, exceptionDetails } = answer as Evaluation<Value>;
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  #send(page: string, ...commands: readonly Command[]): Promise<unknown> {
    return this.#sendTo(`ws://127.0.0.1:${this.#port}/devtools/page/${page}`, ...commands);
  }

  async close(): Promise<void> {
    for (const socket of this.#held.values()) socket.close();
    const { pid } = this.#process;
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** A page or a worker, as the browser lists it. */
interface Target {
  readonly type: string;
  readonly url: string;
  readonly webSocketDebuggerUrl: string;
}

type Command = readonly [method: string, params: object];

/** Sends commands on their own connection. @returns the result of the last one */
async function sendTo(address: string, ...commands: readonly Command[]): Promise<unknown> {
  const socket = new WebSocket(address);
  try {
    await once(socket, "open");
    return await answerOn(socket, ...commands);
  } finally {
    socket.close();
  }
}

let nextId = 1;

async function answerOn(socket: WebSocket, ...commands: readonly Command[]): Promise<unknown> {
  const answers = on(socket, "message");
  const ids = commands.map(([method, params]) => {
    const id = nextId++;
    socket.send(JSON.stringify({ id, method, params }));
    return id;
  });
  for await (const [data] of answers) {
    const { id, result, error } = JSON.parse(String(data));
    if (!ids.includes(id)) continue;
    if (error !== undefined) throw new Error(JSON.stringify(error));
    if (id === ids.at(-1)) return result;
  }
  throw new Error("The browser closed the connection.");
}

interface Evaluation<Value> {
  readonly result: { readonly value: Value };
  readonly exceptionDetails?: unknown;
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
