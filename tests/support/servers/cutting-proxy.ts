import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands in front of a server and breaks a connection on command. */
export class CuttingProxy {
  readonly port: number;
  /** The bytes of the next answer that get through, its head included; then its connection breaks. Once. */
  cutAfterBytes: number | undefined;
  readonly #sockets: Set<Socket>;
  readonly #close: () => void;

  private constructor(port: number, sockets: Set<Socket>, close: () => void) {
    this.port = port;
    this.#sockets = sockets;
    this.#close = close;
  }

  static async start(upstreamPort: number): Promise<CuttingProxy> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect(upstreamPort, "127.0.0.1");
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on("error", () => {});
        socket.once("close", () => {
          sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
      }
      client.pipe(upstream);
      upstream.on("data", (bytes: Buffer) => proxy.#pass(bytes, client, upstream));
      client.on("drain", () => upstream.resume());
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const proxy = new CuttingProxy(port, sockets, () => server.close());
    return proxy;
  }

  stop(): void {
    this.#close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #pass(bytes: Buffer, client: Socket, upstream: Socket): void {
    const left = this.cutAfterBytes ?? Number.POSITIVE_INFINITY;
    if (bytes.length < left) {
      if (this.cutAfterBytes !== undefined) this.cutAfterBytes = left - bytes.length;
      if (!client.write(bytes)) upstream.pause();
      return;
    }
    this.cutAfterBytes = undefined;
    upstream.destroy();
    client.end(bytes.subarray(0, left));
  }
}
