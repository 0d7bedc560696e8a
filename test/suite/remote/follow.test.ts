// The output of another window's run, from its tail on.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal } from "../../../src/taskRunner/recovery/journal";
import { thisTable } from "../../../src/taskRunner/process/system";
import { Endpoints } from "../../../src/taskRunner/remote/endpoint";
import { followRun } from "../../../src/taskRunner/remote/followRun";
import { RunClient } from "../../../src/taskRunner/remote/runClient";
import { RunServer } from "../../../src/taskRunner/remote/runServer";
import { OutputTail } from "../../../src/taskRunner/run/outputTail";
import { TaskRuns } from "../../../src/taskRunner/run/taskRuns";
import { RunUnderTest } from "../run/startedRun";

describe("Who follows a run of another window", () => {
  let folder: string;

  before(function () {
    if (process.platform === "win32") this.skip();
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Follows until the run has ended. */
  async function follow(client: RunClient, run: string, seen: (what: string) => void): Promise<void> {
    const add = (text: string, skipped: number): void => seen(`${text}${skipped === 0 ? "" : ` (${skipped})`}`);
    await new Promise<void>((resolve, reject) => {
      followRun(client, run, { tail: add, output: add, ended: resolve }).catch(reject);
    });
  }

  it("sees the output in its order, also where the tail and what follows it come in one piece", async () => {
    const path = join(folder, "a.sock");
    const answers: Record<string, object> = { hello: { version: 1, pid: 1, folder: "/srv" }, tail: { text: "old", skipped: 3 }, subscribe: { runs: [] } };
    const events = [{ event: "output", run: "ab", text: "new", skipped: 0 }, { event: "output", run: "cd", text: "another's", skipped: 0 }, { event: "runs", runs: [] }];
    const server = createServer((socket) => {
      let replies = "";
      socket.on("data", (chunk: Buffer) => {
        for (const line of chunk.toString().split("\n").filter((one) => one !== "")) {
          const { id, type } = JSON.parse(line) as { id: number; type: string };
          replies += `${JSON.stringify({ id, ok: true, result: answers[type] })}\n`;
          if (type === "tail") continue;
          socket.write(replies + (type === "subscribe" ? events.map((event) => `${JSON.stringify(event)}\n`).join("") : ""));
          replies = "";
        }
      });
    });
    server.listen(path);
    await once(server, "listening");
    const { client } = await RunClient.connect({ path, token: "" });
    try {
      const seen: string[] = [];
      await follow(client, "ab", (what) => seen.push(what));
      assert.deepEqual(seen, ["old (3)", "new"]);
    } finally {
      client.dispose();
      server.close();
    }
  });

  it("is told why there is nothing to see, and takes no place there any more", async () => {
    const path = join(folder, "a.sock");
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk: Buffer) => {
        for (const line of chunk.toString().split("\n").filter((one) => one !== "")) {
          const { id, type } = JSON.parse(line) as { id: number; type: string };
          const answer = type === "hello" ? { ok: true, result: { version: 1, pid: 1, folder: "/srv" } } : { ok: false, error: { code: "noSuchRun", message: "No such run is live." } };
          socket.write(`${JSON.stringify({ id, ...answer })}\n`);
        }
      });
    });
    server.listen(path);
    await once(server, "listening");
    const { client } = await RunClient.connect({ path, token: "" });
    try {
      const closed = new Promise<void>((resolve) => client.onDidClose(resolve));
      await assert.rejects(followRun(client, "ab", { tail: () => undefined, output: () => undefined, ended: () => undefined }), /No such run is live/);
      await closed;
    } finally {
      client.dispose();
      server.close();
    }
  });

  it("sees each character whole, wherever the tail begins and ends", async () => {
    const journal = new Journal(join(folder, "runs"), thisTable, "", undefined, new Endpoints(join(folder, "sockets")));
    const runs = new TaskRuns();
    const output = new OutputTail({ write: () => undefined });
    const { run } = new RunUnderTest({ command: "true" });
    let up = (): void => undefined;
    const listening = new Promise<void>((resolve) => (up = resolve));
    const server = new RunServer({ runs, output: () => output, endpoint: () => journal.ownEndpoint(), listening: () => up(), folder: "" });
    // The tail starts and ends in the middle of a character of three bytes.
    const written = Buffer.from(`${"€".repeat(30_000)}x`);
    void output.write(written.subarray(0, -2));
    try {
      runs.add(run);
      await listening;
      const endpoint = await journal.ownEndpoint();
      assert.ok(endpoint !== undefined);
      const { client } = await RunClient.connect(endpoint);
      const seen: string[] = [];
      const done = follow(client, run.id, (what) => {
        seen.push(what);
        if (seen.length === 1) void output.write(written.subarray(-2));
        else runs.remove(run);
      });
      await done;
      client.dispose();
      const [tail = "", more] = seen;
      assert.match(tail, /^€+ \(\d+\)$/);
      assert.equal(more, "€x");
      const [, text = "", skipped] = /^(€+) \((\d+)\)$/.exec(tail) ?? [];
      assert.equal(Number(skipped) + 3 * text.length + Buffer.byteLength(more), written.length);
    } finally {
      server.dispose();
    }
  });

  for (const end of ["goes on", "has ended"] as const) {
    it(`sees the end of the output, and how much was left out, when it comes too late to read all of it: of a run that ${end}`, async () => {
      const endpoint = new Endpoints(join(folder, "sockets")).of({ pid: 1, start: 1 });
      const runs = new TaskRuns();
      const output = new OutputTail({ write: () => undefined });
      const { run } = new RunUnderTest({ command: "true" });
      let up = (): void => undefined;
      const listening = new Promise<void>((resolve) => (up = resolve));
      const server = new RunServer({ runs, output: () => output, endpoint: () => Promise.resolve(endpoint), listening: () => up(), folder: "" });
      try {
        runs.add(run);
        await listening;
        const { client } = await RunClient.connect(endpoint);
        const seen: [string, number][] = [];
        let more = (): void => undefined;
        const add = (text: string, skipped: number): void => {
          seen.push([text, skipped]);
          more();
        };
        await followRun(client, run.id, { tail: add, output: add, ended: () => undefined });
        client.pause();
        const line = `${"€".repeat(333)}\n`;
        for (let i = 0; i < 4000; i++) void output.write(Buffer.from(line));
        void output.write(Buffer.from("the last line"));
        if (end === "has ended") runs.remove(run);
        const last = new Promise<void>((resolve) => (more = () => seen.at(-1)?.[0].endsWith("the last line") === true && resolve()));
        client.resume();
        await last;
        client.dispose();
        const skipped = seen.reduce((sum, [, count]) => sum + count, 0);
        assert.ok(skipped > 1_000_000, String(skipped));
        assert.equal(skipped + Buffer.byteLength(seen.map(([text]) => text).join("")), 4000 * Buffer.byteLength(line) + Buffer.byteLength("the last line"));
      } finally {
        server.dispose();
      }
    });
  }
});
