import * as l10n from "@vscode/l10n";
import { connect, type Socket } from "node:net";
import { Emitter, type Disposable } from "../base/emitter";
import type { Endpoint } from "../recovery/journal";
import { checkFolder } from "./endpoint";
import { Lines } from "./lines";
import { MAX_REPLY_BYTES, parseMessage, parseResult, PROTOCOL_VERSION, type Event, type Reply, type Request, type Results } from "./protocol";

/** No answer is waited for longer, in milliseconds. */
const ANSWER_MS = 5000;

type Body = Request extends infer One ? (One extends { readonly id: number } ? Omit<One, "id"> : never) : never;

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A connection to another extension host. */
export class RunClient {
  readonly #socket: Socket;
  readonly #lines = new Lines(MAX_REPLY_BYTES);
  readonly #waiting = new Map<number, Waiting>();
  readonly #events = new Emitter<Event>();
  readonly #closed = new Emitter<undefined>();
  #lastId = 0;
  #isOver = false;

  private constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.unref();
    this.#socket.on("data", (chunk) => this.#read(chunk));
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => this.#over());
  }

  /** @throws when nobody answers there who speaks this version, in time, and, before anything is said, when it may be another user's socket */
  static async connect({ path, token }: Endpoint): Promise<{ readonly client: RunClient; readonly hello: Results["hello"] }> {
    await checkFolder(path);
    const client = new RunClient(path);
    try {
      return { client, hello: await client.request({ type: "hello", version: PROTOCOL_VERSION, token }) };
    } catch (error) {
      client.dispose();
      throw error;
    }
  }

  onEvent(listener: (event: Event) => void): Disposable {
    return this.#events.event(listener);
  }

  /** Told once, when the other side has gone. */
  onDidClose(listener: () => void): Disposable {
    return this.#closed.event(listener);
  }

  /** @throws when it is refused, when the answer is none, and when none comes in time */
  async request<B extends Body>(body: B): Promise<Results[B["type"]]> {
    const type: B["type"] = body.type;
    const reply = await this.#ask(body);
    if (!reply.ok) throw new Error(reply.error.message);
    const result = parseResult(type, reply.result);
    if (result === undefined) throw new Error(l10n.t('The answer to "{0}" has not the form that was agreed on.', type));
    return result;
  }

  /** Reads no further until `resume`: then the other side waits, or leaves output out. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  dispose(): void {
    this.#socket.destroy();
  }

  #ask(body: Body): Promise<Reply> {
    if (this.#isOver) return Promise.reject(new Error(l10n.t("The other window has gone.")));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(l10n.t("The other window has not answered within {0} ms.", ANSWER_MS)));
      }, ANSWER_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      // In one piece with what else is asked in this turn: the other side does nothing between them.
      this.#socket.cork();
      this.#socket.write(`${JSON.stringify({ id, ...body })}\n`);
      process.nextTick(() => this.#socket.uncork());
    });
  }

  #read(chunk: Uint8Array): void {
    const lines = this.#lines.push(chunk);
    for (const line of lines ?? []) this.#take(parseMessage(line));
    if (lines === undefined) this.dispose();
  }

  #take(message: Reply | Event | undefined): void {
    // Whoever sends what is no message is not who he was taken for.
    if (message === undefined) this.dispose();
    else if ("event" in message) this.#events.fire(message);
    else {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      clearTimeout(waiting?.timer);
      waiting?.resolve(message);
    }
  }

  #over(): void {
    this.#isOver = true;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Error(l10n.t("The other window has gone.")));
    }
    this.#waiting.clear();
    this.#closed.fire(undefined);
    this.#events.dispose();
    this.#closed.dispose();
  }
}
