import { connect, type Socket } from "node:net";

/** A packet of Firefox's own remote debugging protocol: `<length>:<JSON>`. */
interface Packet {
  readonly from?: string;
  readonly type?: string;
  readonly [name: string]: unknown;
}

interface Awaited {
  readonly isMeant: (packet: Packet) => boolean;
  readonly resolve: (packet: Packet) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Runs scripts in the browser itself, alongside Playwright: for what WebDriver has no command. See
 * https://firefox-source-docs.mozilla.org/devtools/backend/protocol.html
 */
export class FirefoxDebugger {
  readonly #socket: Socket;
  #awaited: Awaited[] = [];
  #console = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    let unread = Buffer.alloc(0);
    socket.on("data", (received) => {
      unread = Buffer.concat([unread, received]);
      for (;;) {
        const colon = unread.indexOf(":");
        const end = colon + 1 + Number(unread.subarray(0, Math.max(colon, 0)));
        if (colon < 0 || unread.length < end) return;
        this.#receive(JSON.parse(unread.subarray(colon + 1, end).toString()));
        unread = unread.subarray(end);
      }
    });
    const end = () => {
      for (const { reject } of this.#awaited.splice(0)) reject(new Error("Firefox has ended."));
    };
    socket.on("error", end);
    socket.on("close", end);
  }

  /** Connects to the browser that was started with `--start-debugger-server=<path>`. */
  static async connect(path: string): Promise<FirefoxDebugger> {
    const own = new FirefoxDebugger(connect(path));
    await own.#next(({ from }) => from === "root");
    const { processDescriptor } = await own.#ask("root", { type: "getProcess", id: 0 });
    const { process } = await own.#ask(actorIn(processDescriptor), { type: "getTarget" });
    own.#console = (process as { consoleActor: string }).consoleActor;
    return own;
  }

  /** Runs the body of an asynchronous function with the browser's privileges. @returns its result, by JSON */
  async run(body: string): Promise<unknown> {
    const result = this.#next(({ type }) => type === "evaluationResult");
    const text = `(async () => { ${body} })().then(
      (value) => JSON.stringify({ value }), (error) => JSON.stringify({ error: String(error) }))`;
    const asked = this.#ask(this.#console, { type: "evaluateJSAsync", text, mapped: { await: true } });
    // Both end when the browser does.
    const [packet] = await Promise.all([result, asked]);
    if (typeof packet.result !== "string") throw new Error(`Firefox: ${JSON.stringify(packet)}`);
    const { value, error } = JSON.parse(packet.result);
    if (error !== undefined) throw new Error(`Firefox: ${error}`);
    return value;
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(to: string, packet: object): Promise<Packet> {
    const answer = this.#next(({ from, type }) => from === to && type === undefined);
    const json = JSON.stringify({ to, ...packet });
    this.#socket.write(`${Buffer.byteLength(json)}:${json}`);
    return answer;
  }

  #next(isMeant: Awaited["isMeant"]): Promise<Packet> {
    return new Promise((resolve, reject) => this.#awaited.push({ isMeant, resolve, reject }));
  }

  #receive(packet: Packet): void {
    const first = this.#awaited.find(({ isMeant }) => isMeant(packet));
    if (first === undefined) return;
    this.#awaited = this.#awaited.filter((other) => other !== first);
    first.resolve(packet);
  }
}

function actorIn(form: unknown): string {
  return (form as { actor: string }).actor;
}
