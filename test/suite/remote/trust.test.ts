// Whom the two sides of the socket trust.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisTable } from "../../../src/taskRunner/process/system";
import { Journal } from "../../../src/taskRunner/recovery/journal";
import { Endpoints } from "../../../src/taskRunner/remote/endpoint";
import { RunClient } from "../../../src/taskRunner/remote/runClient";
import { RunServer } from "../../../src/taskRunner/remote/runServer";
import { TaskRuns } from "../../../src/taskRunner/run/taskRuns";
import { RunUnderTest } from "../run/startedRun";

describe("The socket of another window", () => {
  let folder: string;
  let sockets: string;

  before(function () {
    if (process.platform === "win32") this.skip();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    sockets = join(folder, "sockets");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is told nothing in a folder that other users can write to", async () => {
    mkdirSync(sockets);
    chmodSync(sockets, 0o777);
    const path = join(sockets, "1-1.sock");
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.end(`${JSON.stringify({ id: 1, ok: true, result: { version: 1, pid: 1, folder: "/srv" } })}\n`);
    });
    server.listen(path);
    await once(server, "listening");
    try {
      await assert.rejects(RunClient.connect({ path, token: "secret" }), /sockets is not only this user's/);
      chmodSync(sockets, 0o700);
      const { client } = await RunClient.connect({ path, token: "secret" });
      client.dispose();
      assert.equal(connections, 1);
    } finally {
      server.close();
    }
  });

  it("is named in the journal only while it can be listened on", async () => {
    writeFileSync(sockets, "no folder");
    const journal = new Journal(join(folder, "runs"), thisTable, "", undefined, new Endpoints(sockets));
    const named = (): boolean[] => readdirSync(journal.folder).map((name) => "endpoint" in (JSON.parse(readFileSync(join(journal.folder, name), "utf8")) as object));
    const told: (() => void)[] = [];
    const runs = new TaskRuns();
    const listening = (isOn: boolean): void => void journal.reachable(isOn).then(() => told.shift()?.());
    const server = new RunServer({ runs, output: () => undefined, endpoint: () => journal.ownEndpoint(), listening, folder: "" });
    const { run } = new RunUnderTest({ command: "true" });
    try {
      await journal.write({ id: run.id, label: "a", commandLine: "a", startedAt: 1, since: 1, marker: "CANCELLABLE_TASKS_RUN=a", leader: undefined, survivors: [] });
      const failed = new Promise<void>((resolve) => told.push(resolve));
      runs.add(run);
      await failed;
      assert.deepEqual(named(), [false]);
      runs.remove(run);
      rmSync(sockets);
      const succeeded = new Promise<void>((resolve) => told.push(resolve));
      runs.add(run);
      await succeeded;
      assert.deepEqual(named(), [true]);
    } finally {
      server.dispose();
    }
  });
});

describe("The pipe of a window on Windows", () => {
  it("has a name that nobody can foretell", () => {
    const host = { pid: 42, start: 7 };
    const [one, other] = [new Endpoints("C:\\storage", "win32"), new Endpoints("C:\\storage", "win32")];
    assert.match(one.of(host).path, /^\\\\\.\\pipe\\cancellable-tasks-42-7-[0-9a-f]{16}$/);
    assert.equal(one.of(host).path, one.of(host).path);
    assert.notEqual(one.of(host).path, other.of(host).path);
  });
});
