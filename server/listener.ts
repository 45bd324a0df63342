import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One HTTP listener on one port, which it keeps while it goes down and comes back. */
export class Listener {
  readonly #host: string;
  readonly #server: Server;
  #port: number;

  constructor(host: string, port: number, onRequest: RequestListener) {
    this.#host = host;
    this.#port = port;
    this.#server = createServer(onRequest);
  }

  get port(): number {
    return this.#port;
  }

  /** @throws the system's `EADDRINUSE` if the port is taken. */
  async listen(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, this.#host);
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses connections from now on and destroys the open ones. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  dropConnections(): void {
    this.#server.closeAllConnections();
  }
}
