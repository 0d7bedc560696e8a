import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { PassThrough, type Readable } from "node:stream";
import { isBatchFile } from "../base/commandLine";
import { systemCode, toError } from "../base/errors";
import { settledWithin } from "../base/deadline";
import type { Launcher } from "../base/entry";
import { PathError } from "./errors";
import type { ProcAttr } from "./process";
import { ProcessState } from "./processState";

interface Launched {
  readonly pid: number;
  readonly ended: Promise<ProcessState>;
  /** Our sides of its pipes. */
  readonly stdio: readonly (Socket | Readable | null)[];
}

/** What has been opened on the other side comes in within this time, in milliseconds. */
const CONNECT_MS = 2000;

/**
 * Starts it by the launcher.
 * @returns undefined where it has to be started in another way
 * @throws PathError
 */
export async function launchWith(launcher: Launcher, path: string, args: readonly string[], { dir, env, stdio, hasOneOutput, sys }: ProcAttr): Promise<Launched | undefined> {
  // Only names can be handed to another process.
  if (stdio.length !== 3 || !stdio.every((end) => end === "pipe" || end === "ignore")) return undefined;
  // As Node does: cmd.exe, which would run it, takes apart arguments by rules of its own.
  if (isBatchFile(path)) throw new PathError("fork/exec", path, Object.assign(new Error("EINVAL"), { code: "EINVAL" }));
  const isShared = hasOneOutput === true && stdio[1] === "pipe" && stdio[2] === "pipe";
  const pipes = await Promise.all(stdio.map(async (end, fd) => (end === "pipe" && !(isShared && fd === 2) ? await NamedPipe.listen() : null)));
  try {
    const [input, output, errors] = pipes.map((pipe) => pipe?.name ?? null) as [string | null, string | null, string | null];
    const streams = [input, output, isShared ? output : errors] as const;
    const { pid, ended } = await launcher.launch({ path, args, isVerbatim: sys.verbatimArguments === true, dir, env, streams });
    const sockets = await connected(pipes, pid);
    // All that is written to the second comes by the first.
    const stdioOfHost = isShared ? [...sockets.slice(0, 2), new PassThrough().end()] : sockets;
    return { pid, ended: ended.then((code) => new ProcessState(pid, code ?? null, null)), stdio: stdioOfHost };
  } catch (error) {
    for (const pipe of pipes) pipe?.close();
    if (systemCode(error) === undefined) return undefined;
    throw new PathError("fork/exec", path, error);
  }
}

/** @throws Error with a code: it has been started, and must not be once more */
async function connected(pipes: readonly (NamedPipe | null)[], pid: number): Promise<(Socket | null)[]> {
  try {
    return await Promise.all(pipes.map(async (pipe) => (await pipe?.connected()) ?? null));
  } catch (error) {
    process.kill(pid);
    throw Object.assign(toError(error), { code: "EPIPE" });
  }
}

/** A pipe for one stream of one program. */
class NamedPipe {
  readonly name: string;
  readonly #server: Server;
  readonly #socket: Promise<Socket>;

  private constructor(name: string, server: Server) {
    this.name = name;
    this.#server = server;
    this.#socket = once(server, "connection").then(([socket]) => {
      server.close();
      return socket as Socket;
    });
    this.#socket.catch(() => undefined);
  }

  static async listen(): Promise<NamedPipe> {
    // Nobody else can know it.
    const name = `\\\\.\\pipe\\cancellable-tasks-${randomBytes(16).toString("hex")}`;
    const server = createServer({ allowHalfOpen: true });
    server.maxConnections = 1;
    const pipe = new NamedPipe(name, server);
    server.listen(name);
    await once(server, "listening");
    return pipe;
  }

  /** @throws Error when nobody has opened it */
  async connected(): Promise<Socket> {
    const socket = await settledWithin(CONNECT_MS, () => this.#socket);
    if (socket.kind === "done") return socket.value;
    throw new Error("the program's streams have not been opened");
  }

  close(): void {
    this.#server.close();
    void this.#socket.then((socket) => socket.destroy(), () => undefined);
  }
}
