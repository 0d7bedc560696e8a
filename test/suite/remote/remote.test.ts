// Runs of another process, seen and stopped over its socket.
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { connect } from "node:net";
import { systemClock } from "../../../src/taskRunner/base/clock";
import { thisTable } from "../../../src/taskRunner/process/system";
import { OtherWindows } from "../../../src/taskRunner/remote/otherWindows";
import type { RemoteRunInfo } from "../../../src/taskRunner/remote/protocol";
import { RunClient } from "../../../src/taskRunner/remote/runClient";
import { findOrphanedRuns } from "../../../src/taskRunner/run/orphanedRuns";
import { TaskRuns } from "../../../src/taskRunner/run/taskRuns";
import { ServingHost } from "./servingHost";

const OBEYS = "trap 'echo bye; exit 0' INT; echo ready; while :; do sleep 0.02; done";
const IGNORES = "trap '' INT; echo ready; while :; do sleep 0.02; done";

/** What comes back for these lines until the connection is closed, or as many lines have come. */
async function conversation(path: string, sent: string, lines: number): Promise<unknown[]> {
  const socket = connect(path);
  let text = "";
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.split("\n").length > lines) socket.destroy();
    });
    socket.write(sent);
  });
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as unknown);
}

describe("The live runs of another process", function () {
  this.timeout(60_000);
  let host: ServingHost;
  let clients: RunClient[];

  before(function () {
    if (process.platform === "win32") this.skip();
  });
  beforeEach(() => {
    host = new ServingHost();
    clients = [];
  });
  afterEach(async () => {
    for (const client of clients) client.dispose();
    await host.dispose();
  });

  async function client(): Promise<RunClient> {
    const made = (await RunClient.connect(await host.endpoint())).client;
    clients.push(made);
    return made;
  }

  /** Resolves when the other process has told that these, and no others, run. */
  function untilTold(from: RunClient, holds: (runs: readonly RemoteRunInfo[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      from.onEvent((event) => {
        if (event.event === "runs" && holds(event.runs)) resolve();
      });
    });
  }

  it("are found through the journal, and listed with their folder, over a socket that only the user can open", async () => {
    await host.start({ command: OBEYS }, { command: IGNORES });
    const endpoint = await host.endpoint();
    assert.equal(statSync(endpoint.path).mode & 0o777, 0o600);
    const { client: made, hello } = await RunClient.connect(endpoint);
    clients.push(made);
    assert.deepEqual([hello.version, hello.folder], [1, "/srv/project"]);
    const { runs } = await made.request({ type: "list" });
    assert.deepEqual(runs.map(({ id, label, state }) => [id, label, state.kind]), host.ids.map((id, i) => [id, `task ${i}`, "running"]));
    assert.deepEqual(runs.map(({ commandLine }) => commandLine), [OBEYS, IGNORES]);
  });

  it("are stopped, and the socket is gone with the last one", async () => {
    await host.start({ command: OBEYS });
    const { path } = await host.endpoint();
    const one = await client();
    await one.request({ type: "subscribe" });
    const closed = new Promise<void>((resolve) => one.onDidClose(resolve));
    const ended = untilTold(one, (runs) => runs.length === 0);
    await one.request({ type: "stop", run: host.ids[0] ?? "" });
    await ended;
    await closed;
    assert.equal(existsSync(path), false);
    assert.deepEqual(host.sockets, []);
  });

  it("are killed, also when they do not obey", async () => {
    await host.start({ command: IGNORES, waitDelay: 0 }, { command: OBEYS });
    const [deaf = "", other = ""] = host.ids;
    const one = await client();
    await one.request({ type: "subscribe" });
    const stopping = untilTold(one, ([run]) => run?.state.kind === "stopping");
    await one.request({ type: "stop", run: deaf });
    await stopping;
    const ended = untilTold(one, (runs) => runs.length === 1 && runs[0]?.id === other);
    await one.request({ type: "kill", run: deaf });
    await ended;
  });

  it("give the end of their output, and what follows", async () => {
    await host.start({ command: `head -c 100000 /dev/zero | tr '\\0' x; echo; ${OBEYS}` });
    const [run = ""] = host.ids;
    const one = await client();
    let followed = "";
    one.onEvent((event) => {
      if (event.event === "output") followed += event.text;
    });
    const [tail] = await Promise.all([one.request({ type: "tail", run }), one.request({ type: "subscribe", run })]);
    assert.match(tail.text, /^x+\nready\n$/);
    assert.equal(tail.text.length, 65_536);
    assert.equal(tail.skipped, 100_007 - 65_536);
    const ended = untilTold(one, (runs) => runs.length === 0);
    await one.request({ type: "stop", run });
    await ended;
    assert.equal(followed, "bye\n");
  });

  it("are not given to whom does not know the token, speaks another version, or does not say who he is", async () => {
    await host.start({ command: OBEYS });
    const { path, token } = await host.endpoint();
    const error = async (request: object): Promise<unknown> => {
      const [reply] = await conversation(path, `${JSON.stringify({ id: 7, ...request })}\n${JSON.stringify({ id: 8, type: "kill", run: host.ids[0] })}\n`, 99);
      return (reply as { id: number; error: { code: string } }).error.code;
    };
    assert.equal(await error({ type: "hello", version: 1, token: "guessed" }), "badToken");
    assert.equal(await error({ type: "hello", version: 2, token }), "unsupportedVersion");
    assert.equal(await error({ type: "list" }), "helloFirst");
    const [reply] = await conversation(path, "x".repeat(20_000), 99);
    assert.deepEqual((reply as { error: unknown }).error, { code: "badRequest", message: "A request has at most 16384 bytes." });
    assert.equal((await (await client()).request({ type: "list" })).runs[0]?.state.kind, "running");
  });

  it("answer what is no request with one sentence, and go on", async () => {
    await host.start({ command: OBEYS });
    const { path, token } = await host.endpoint();
    const requests = [{ id: 1, type: "hello", version: 1, token }, { id: 2, type: "fly" }, { id: 3, type: "stop" }, { id: 4, type: "stop", run: "nobody" }, { id: 5, type: "list" }];
    const replies = await conversation(path, `nonsense\n${requests.map((one) => JSON.stringify(one)).join("\n")}\n`, 6);
    assert.deepEqual(
      replies.map((reply) => (reply as { id: number; ok: boolean; error?: { code: string } }).error?.code ?? "ok"),
      ["badRequest", "ok", "badRequest", "badRequest", "noSuchRun", "ok"],
    );
  });

  it("stand among ours, can be stopped, and go with their end; our own stops leave them alone", async () => {
    await host.start({ command: OBEYS }, { command: OBEYS });
    const runs = new TaskRuns();
    const windows = new OtherWindows({ journal: host.journal, runs, clock: systemClock });
    try {
      await windows.look();
      assert.deepEqual(runs.all().map((run) => [run.id, run.label, run.snapshot().window]), host.ids.map((id, i) => [id, `task ${i}`, "/srv/project"]));
      assert.deepEqual(runs.own(), []);
      assert.deepEqual(runs.stopping(), []);
      await runs.stopAll();
      await runs.shutDown(100);
      await windows.look();
      assert.equal(runs.live().length, 2);
      const [first, second] = runs.all();
      await first?.stop();
      assert.deepEqual(runs.all(), [second]);
      assert.equal(second?.state.kind, "running");
      await host.kill();
      await second.ended;
      assert.deepEqual(runs.all(), []);
    } finally {
      windows.dispose();
    }
  });

  it("are seen as they come while the journal is watched", async () => {
    const runs = new TaskRuns();
    const windows = new OtherWindows({ journal: host.journal, runs, clock: systemClock });
    try {
      windows.watch(true);
      await windows.look();
      const came = new Promise<void>((resolve) => runs.onDidChange(() => runs.live().length === 1 && resolve()));
      await host.start({ command: OBEYS });
      await came;
    } finally {
      windows.dispose();
    }
  });

  it("leave no socket behind when their process is killed: the window that finds what is left removes it", async () => {
    await host.start({ command: OBEYS });
    await host.kill();
    assert.equal(host.sockets.length, 1);
    assert.deepEqual(await host.journal.otherWindows(), []);
    for (const run of await findOrphanedRuns(host.journal, thisTable, systemClock, () => true)) run.dispose();
    assert.deepEqual(host.sockets, []);
  });
});
