import { timingSafeEqual } from "node:crypto";
import { chmod } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { dateOf } from "../base/clock";
import type { Disposable } from "../base/emitter";
import type { Endpoint } from "../recovery/journal";
import type { OutputTail } from "../run/outputTail";
import type { Run } from "../run/run";
import type { TaskRuns } from "../run/taskRuns";
import { makeFolder } from "./endpoint";
import { FollowedOutput, tailOf } from "./followedOutput";
import { Lines } from "./lines";
import { idOf, MAX_REQUEST_BYTES, parseRequest, PROTOCOL_VERSION, type ErrorCode, type Event, type RemoteRunInfo, type RemoteState, type Request, type Results } from "./protocol";

/** So many clients are served at once. */
const MAX_CLIENTS = 16;
/** A client that does not say who it is within this time, in milliseconds, is sent away. */
const HELLO_MS = 5000;
/** A client for which more waits, in bytes, gets no output until it has read that; one for which far more waits has hung. */
const MAX_PENDING_OUTPUT = 1024 * 1024;
const MAX_PENDING = 8 * 1024 * 1024;

export interface RunServerOptions {
  readonly runs: TaskRuns;
  /** The output of a run of ours; undefined where it is not kept. */
  readonly output: (runId: string) => OutputTail | undefined;
  readonly endpoint: () => Promise<Endpoint | undefined>;
  /** Told whether there is somebody to be reached there. */
  readonly listening: (isOn: boolean) => void;
  /** What the window has open. */
  readonly folder: string;
}

/** Serves this window's live runs to other processes of the same user, as long as there are any. */
export class RunServer {
  readonly #options: RunServerOptions;
  readonly #clients = new Set<Client>();
  readonly #changed: Disposable;
  #server: Server | undefined;
  #token = "";
  #isDisposed = false;
  #notice: NodeJS.Immediate | undefined;

  constructor(options: RunServerOptions) {
    this.#options = options;
    this.#changed = options.runs.onDidChange(() => this.#update());
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#changed.dispose();
    clearImmediate(this.#notice);
    this.#close();
  }

  #update(): void {
    if (this.#isDisposed) return;
    if (this.#options.runs.own().length === 0) this.#close();
    else if (this.#server === undefined) this.#open();
    // One message for all that changes in one turn of the event loop.
    if (this.#clients.size > 0) this.#notice ??= setImmediate(() => this.#tell());
  }

  #open(): void {
    const server = (this.#server = createServer((socket) => this.#connected(socket)));
    server.maxConnections = MAX_CLIENTS;
    // Without it the runs cannot be seen from other windows, and that is all.
    const failed = (): void => {
      if (this.#server === server) this.#options.listening(false);
    };
    server.on("error", failed);
    // It does not keep the process alive.
    server.unref();
    void this.#listen(server).catch(failed);
  }

  async #listen(server: Server): Promise<void> {
    const endpoint = await this.#options.endpoint();
    if (endpoint === undefined) return;
    const { path, token } = endpoint;
    this.#token = token;
    await makeFolder(path);
    if (this.#server !== server) return;
    server.listen(path, () => {
      if (this.#server === server) this.#options.listening(true);
      if (process.platform !== "win32") void chmod(path, 0o600).catch(() => undefined);
    });
  }

  #close(): void {
    if (this.#server?.listening === true) this.#options.listening(false);
    this.#server?.close();
    this.#server = undefined;
    // What was said last is still to be read.
    this.#tell();
    for (const client of this.#clients) client.end();
  }

  #tell(): void {
    this.#notice = undefined;
    const runs = this.#infos();
    for (const client of this.#clients) client.tellRuns(runs);
  }

  #connected(socket: Socket): void {
    const client = new Client(socket, {
      token: this.#token,
      folder: this.#options.folder,
      list: () => this.#infos(),
      run: (id) => this.#options.runs.own().find((run) => run.id === id),
      output: this.#options.output,
      gone: () => this.#clients.delete(client),
    });
    this.#clients.add(client);
  }

  #infos(): RemoteRunInfo[] {
    return this.#options.runs.own().flatMap(describe);
  }
}

interface ClientOptions {
  readonly token: string;
  readonly folder: string;
  readonly list: () => RemoteRunInfo[];
  readonly run: (id: string) => Run | undefined;
  readonly output: (id: string) => OutputTail | undefined;
  readonly gone: () => void;
}

/** One connection. Whatever it sends, it gets answers, or is sent away. */
class Client {
  readonly #socket: Socket;
  readonly #options: ClientOptions;
  readonly #lines = new Lines(MAX_REQUEST_BYTES);
  readonly #outputs = new Map<string, FollowedOutput>();
  #isKnown = false;
  #isSubscribed = false;
  readonly #helloTimer: NodeJS.Timeout;

  constructor(socket: Socket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#helloTimer = setTimeout(() => socket.destroy(), HELLO_MS);
    socket.unref();
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("drain", () => {
      for (const output of this.#outputs.values()) output.catchUp();
    });
    socket.on("close", () => {
      clearTimeout(this.#helloTimer);
      for (const output of this.#outputs.values()) output.dispose();
      options.gone();
    });
  }

  tellRuns(runs: readonly RemoteRunInfo[]): void {
    if (!this.#isSubscribed) return;
    // What a run has written is told before its end.
    for (const [id, output] of this.#outputs) {
      if (runs.some((run) => run.id === id)) continue;
      output.catchUp();
      output.dispose();
      this.#outputs.delete(id);
    }
    this.#send({ event: "runs", runs } satisfies Event);
  }

  end(): void {
    this.#socket.end();
    // One that does not read has no part in when it ends.
    setTimeout(() => this.#socket.destroy(), HELLO_MS).unref();
  }

  #read(chunk: Uint8Array): void {
    const lines = this.#lines.push(chunk);
    for (const line of lines ?? []) {
      // It has been sent away.
      if (this.#socket.destroyed || this.#socket.writableEnded) return;
      const request = parseRequest(line);
      if (typeof request === "string") this.#refuse(idOf(line), "badRequest", request);
      else this.#answer(request);
    }
    if (lines === undefined) this.#sendAway(0, "badRequest", `A request has at most ${MAX_REQUEST_BYTES} bytes.`);
  }

  #answer(request: Request): void {
    if (request.type === "hello") this.#greet(request);
    else if (!this.#isKnown) this.#sendAway(request.id, "helloFirst", 'The first request is "hello".');
    else if (request.type === "list") this.#reply(request.id, { runs: this.#options.list() } satisfies Results["list"]);
    else if (request.type === "subscribe" && request.run === undefined) this.#subscribe(request.id);
    else this.#answerAbout(request);
  }

  #answerAbout(request: Request & { readonly type: "stop" | "kill" | "tail" | "subscribe" }): void {
    const run = this.#options.run(request.run ?? "");
    if (run === undefined) {
      this.#refuse(request.id, "noSuchRun", "No such run is live.");
      return;
    }
    switch (request.type) {
      case "stop":
        void run.stop();
        this.#reply(request.id, {} satisfies Results["stop"]);
        break;
      case "kill":
        void run.kill();
        this.#reply(request.id, {} satisfies Results["kill"]);
        break;
      case "tail": {
        this.#reply(request.id, tailOf(this.#options.output(run.id)) satisfies Results["tail"]);
        break;
      }
      case "subscribe":
        this.#follow(run.id);
        this.#subscribe(request.id);
    }
  }

  #greet({ id, version, token }: Request & { readonly type: "hello" }): void {
    if (!isEqual(token, this.#options.token)) this.#sendAway(id, "badToken", "The token is not the one in the journal.");
    else if (version !== PROTOCOL_VERSION) this.#sendAway(id, "unsupportedVersion", `This is version ${PROTOCOL_VERSION} of the protocol.`);
    else {
      this.#isKnown = true;
      clearTimeout(this.#helloTimer);
      this.#reply(id, { version: PROTOCOL_VERSION, pid: process.pid, folder: this.#options.folder } satisfies Results["hello"]);
    }
  }

  #subscribe(id: number): void {
    this.#isSubscribed = true;
    this.#reply(id, { runs: this.#options.list() } satisfies Results["subscribe"]);
  }

  #follow(run: string): void {
    const output = this.#options.output(run);
    if (output === undefined || this.#outputs.has(run)) return;
    const isBehind = (): boolean => this.#socket.writableLength > MAX_PENDING_OUTPUT;
    this.#outputs.set(run, new FollowedOutput(output, isBehind, (text, skipped) => this.#send({ event: "output", run, text, skipped } satisfies Event)));
  }

  #reply(id: number, result: Results[keyof Results]): void {
    this.#send({ id, ok: true, result });
  }

  #refuse(id: number, code: ErrorCode, message: string): void {
    this.#send({ id, ok: false, error: { code, message } });
  }

  #sendAway(id: number, code: ErrorCode, message: string): void {
    this.#refuse(id, code, message);
    this.#socket.removeAllListeners("data");
    this.#socket.resume();
    this.end();
  }

  #send(message: object): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (this.#socket.writableLength > MAX_PENDING) this.#socket.destroy();
    else this.#socket.write(`${JSON.stringify(message)}\n`);
  }
}

/** Without telling by its time how much of it was right. */
function isEqual(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function describe(run: Run): RemoteRunInfo[] {
  const { id, label, commandLine, pid, startedAt, state, waitDelay } = run.snapshot();
  const told = describeState(state);
  return told === undefined ? [] : [{ id, label, commandLine: commandLine.slice(0, 10_000), ...(pid === undefined ? {} : { pid }), startedAt: dateOf(startedAt), state: told, waitDelay }];
}

function describeState(state: Run["state"]): RemoteState | undefined {
  switch (state.kind) {
    case "waiting":
    case "running":
      return { kind: state.kind };
    case "stopping":
      return { kind: "stopping", since: dateOf(state.since), ...(state.killAt === undefined ? {} : { killAt: dateOf(state.killAt) }), killed: state.killed };
    case "draining":
      return { kind: "draining", since: dateOf(state.since), ...(state.until === undefined ? {} : { until: dateOf(state.until) }), asked: state.asked };
    case "ended":
      return undefined;
  }
}
