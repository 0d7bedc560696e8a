import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A TCP proxy to a port of 127.0.0.1 that hands everything over later, in its order: a slow connection. */
export class DelayProxy {
  /** Milliseconds, each way. May be changed at any time. */
  public delay = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    target: number,
  ) {
    server.on("connection", (client) => {
      const upstream = connect(target, "127.0.0.1");
      this.forward(client, upstream);
      this.forward(upstream, client);
    });
  }

  /** Resolves when it listens, on a free port. */
  public static async to(target: number): Promise<DelayProxy> {
    const server = createServer();
    const proxy = new DelayProxy(server, target);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  public get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Cuts all connections; resolves when nothing is left of it. */
  public async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }

  private forward(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.setNoDelay(true);
    let due = 0;
    // Timers may overtake each other, and a delay may become shorter: so each does what is next.
    const queue: (() => void)[] = [];
    const later = (act: () => void): void => {
      queue.push(act);
      due = Math.max(due, performance.now() + this.delay);
      setTimeout(() => queue.shift()?.(), due - performance.now());
    };
    from.on("data", (chunk) => later(() => to.write(chunk)));
    from.on("end", () => later(() => to.end()));
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.sockets.delete(from);
      later(() => to.destroy());
    });
  }
}
