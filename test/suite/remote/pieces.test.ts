// What comes over a socket in one piece, and what must not be torn into several.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, Socket, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/taskRunner/base/clock";
import { thisTable } from "../../../src/taskRunner/process/system";
import { Journal } from "../../../src/taskRunner/recovery/journal";
import { Endpoints } from "../../../src/taskRunner/remote/endpoint";
import { OtherWindows } from "../../../src/taskRunner/remote/otherWindows";
import { RunClient } from "../../../src/taskRunner/remote/runClient";
import { RunServer } from "../../../src/taskRunner/remote/runServer";
import { TaskRuns } from "../../../src/taskRunner/run/taskRuns";
import { RunUnderTest } from "../run/startedRun";

describe("Over the socket of another window", () => {
  let folder: string;
  let path: string;

  before(function () {
    if (process.platform === "win32") this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    path = join(folder, "1-1.sock");
  });
  afterEach(async () => {
    await RunUnderTest.cleanUp();
    rmSync(folder, { recursive: true });
  });

  /** Answers each request with what is made of it. */
  async function serve(answer: (request: { readonly id: number; readonly type: string }) => readonly object[]): Promise<Server> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk: Buffer) => {
        for (const line of chunk.toString().split("\n").filter((one) => one !== "")) {
          socket.write(answer(JSON.parse(line) as { id: number; type: string }).map((message) => `${JSON.stringify(message)}\n`).join(""));
        }
      });
    });
    server.listen(path);
    await once(server, "listening");
    return server;
  }

  it("requests that are made together are sent in one piece, so that nothing happens between them", async () => {
    const server = await serve(({ id }) => [{ id, ok: true, result: { version: 1, pid: 1, folder: "", text: "", skipped: 0, runs: [] } }]);
    const { client } = await RunClient.connect({ path, token: "" });
    const pieces: number[] = [];
    // What a stream does with one write, and with several that have waited for each other.
    const stream = Socket.prototype as { _write: (this: Socket, ...args: unknown[]) => void; _writev: (this: Socket, chunks: unknown[], done: unknown) => void };
    const given = { _write: stream._write, _writev: stream._writev };
    stream._write = function (...args) {
      pieces.push(1);
      given._write.apply(this, args);
    };
    stream._writev = function (chunks, done) {
      pieces.push(chunks.length);
      given._writev.call(this, chunks, done);
    };
    try {
      const answers = Promise.all([client.request({ type: "tail", run: "ab" }), client.request({ type: "subscribe", run: "ab" })]);
      await new Promise<void>((resolve) => process.nextTick(resolve));
      assert.deepEqual(pieces, [2]);
      await answers;
    } finally {
      Object.assign(stream, given);
      client.dispose();
      server.close();
    }
  });

  it("what changes in the moment of the answer counts, and not the answer", async () => {
    const told = (...ids: string[]): object[] => ids.map((id) => ({ id, label: id, commandLine: "", startedAt: 1, state: { kind: "running" }, waitDelay: 0 }));
    const server = await serve(({ id, type }) =>
      type === "hello"
        ? [{ id, ok: true, result: { version: 1, pid: 1, folder: "" } }]
        : [{ id, ok: true, result: { runs: told("a", "b") } }, { event: "runs", runs: told("b") }],
    );
    const runs = new TaskRuns();
    const journal = { folder, otherWindows: () => Promise.resolve([{ path, token: "" }]) } as unknown as Journal;
    const windows = new OtherWindows({ journal, runs, clock: systemClock });
    try {
      await windows.look();
      assert.deepEqual(runs.live().map(({ id }) => id), ["b"]);
    } finally {
      windows.dispose();
      server.close();
    }
  });

  it("nothing is done any more for a client that is sent away", async () => {
    const endpoint = new Endpoints(folder).of({ pid: 1, start: 1 });
    const runs = new TaskRuns();
    let up = (): void => undefined;
    const listening = new Promise<void>((resolve) => (up = resolve));
    const server = new RunServer({ runs, output: () => undefined, endpoint: () => Promise.resolve(endpoint), listening: () => up(), folder: "" });
    const { run } = new RunUnderTest({ command: "true" });
    try {
      runs.add(run);
      await listening;
      const socket = connect(endpoint.path);
      const hello = { type: "hello", version: 1 };
      const requests = [{ id: 1, ...hello, token: "guessed" }, { id: 2, ...hello, token: endpoint.token }, { id: 3, type: "stop", run: run.id }];
      socket.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
      await once(socket.resume(), "close");
      run.start();
      assert.equal((await run.ended).kind, "succeeded");
    } finally {
      server.dispose();
    }
  });

  it("the journal names a socket only while it is listened on, also for the second run", async () => {
    const endpoints = new Endpoints(join(folder, "sockets"));
    const journal = new Journal(join(folder, "runs"), thisTable, "", undefined, endpoints);
    const runs = new TaskRuns();
    const told: boolean[] = [];
    let next: (count: number) => unknown = () => undefined;
    const server = new RunServer({ runs, output: () => undefined, endpoint: () => journal.ownEndpoint(), listening: (isOn) => void next(told.push(isOn)), folder: "" });
    try {
      for (const expected of [[true], [true, false, true]]) {
        const { run } = new RunUnderTest({ command: "true" });
        const listening = new Promise<void>((resolve) => (next = () => told.at(-1) === true && resolve()));
        runs.add(run);
        await listening;
        assert.deepEqual(told, expected);
        run.start();
        await run.ended;
      }
      assert.deepEqual(told, [true, false, true, false]);
    } finally {
      server.dispose();
    }
  });
});
