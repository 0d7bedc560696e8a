// What the system can really refuse: no thread of Node's pool is free, no descriptor is, or a process is another user's.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, closeSync, copyFileSync, mkdtempSync, open, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Outcome } from "../../../src/taskRunner/run/state";
import { eventLines } from "../../../src/taskRunner/run/words";
import { killMarked, markedProcesses } from "./marked";
import { isAlive, RunUnderTest } from "./startedRun";

const OBEDIENT = "echo ready; exec sleep 60";
const STUBBORN = "trap '' INT; echo ready; exec sleep 60";
const HOST = join(__dirname, "..", "..", "programs", "limitedHost.js");
const END_MS = 4000;

interface Told {
  readonly id: string;
  readonly pid: number;
  readonly outcome: Outcome;
  readonly ms: number;
  readonly output: string;
  readonly rejected: readonly string[];
  readonly kinds: readonly string[];
  readonly lines: readonly string[];
  readonly survivors: readonly number[];
}

/** Every thread of the pool waits for a writer of this FIFO. @returns what lets them go */
async function blockPool(fifo: string): Promise<() => Promise<void>> {
  const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);
  const opened = Array.from({ length: threads }, () => new Promise<number>((resolve) => open(fifo, "r", (_, fd) => resolve(fd))));
  await new Promise(setImmediate);
  return async () => {
    const writer = openSync(fifo, "r+");
    for (const fd of [...(await Promise.all(opened)), writer]) closeSync(fd);
  };
}

describe("A run", () => {
  if (process.platform !== "linux") return;
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"))));
  after(() => rmSync(folder, { recursive: true }));

  describe("while every thread of Node's pool is taken", () => {
    let free = (): Promise<void> => Promise.resolve();
    let fifo: string;
    before(() => {
      fifo = join(folder, "fifo");
      execFileSync("mkfifo", [fifo]);
    });
    afterEach(async () => {
      await free();
      await RunUnderTest.cleanUp();
    });

    async function blocked(definition: Readonly<Record<string, unknown>>): Promise<RunUnderTest> {
      const test = await new RunUnderTest(definition).ready();
      free = await blockPool(fifo);
      return test;
    }

    async function endOf(ended: Promise<Outcome>, test: RunUnderTest, waitDelay = 0): Promise<Outcome> {
      const at = performance.now();
      const outcome = await ended;
      const ms = performance.now() - at - waitDelay;
      assert.ok(ms < END_MS, `it took ${ms.toFixed()} ms`);
      assert.equal(test.kinds.at(-1), "ended");
      assert.equal(test.clock.waiting, test.lateTimers);
      assert.doesNotMatch(test.events.flatMap(eventLines).join("\n"), /another user/);
      return outcome;
    }

    it("is stopped", async () => {
      const test = await blocked({ command: OBEDIENT, waitDelay: "1h" });
      assert.equal((await endOf(test.run.stop(), test)).kind, "signaled");
      assert.equal(await isAlive(test.pid), false);
    });

    it("is killed when the delay is over", async () => {
      const test = await blocked({ command: STUBBORN, waitDelay: 300 });
      assert.equal((await endOf(test.run.stop(), test, 300)).kind, "signaled");
      const killed = test.events.find((event) => event.kind === "killed");
      assert.ok((killed?.afterMs ?? Infinity) < 500, `killed after ${killed?.afterMs ?? "?"} ms`);
    });

    it("is killed with a member that has left its group", async () => {
      const test = await blocked({ command: "setsid sh -c 'exec >/dev/null 2>&1; exec sleep 60' & until ps -o sid= -p $! | grep -qw $!; do :; done; echo ready; exec sleep 60" });
      await endOf(test.run.kill(), test);
      assert.deepEqual(markedProcesses(test.run.id), []);
    });

    it("ends by itself", async () => {
      const test = await blocked({ command: "echo ready; read -r go" });
      test.run.console.write("go\n");
      assert.deepEqual(await endOf(test.run.ended, test), { kind: "succeeded" });
    });

    it("ends when its output is held", async () => {
      const test = await blocked({ command: "sleep 60 & echo ready; read -r go; exit 0", waitDelay: 300 });
      test.run.console.write("go\n");
      assert.equal((await endOf(test.run.ended, test, 300)).kind, "hungPipe");
      // What has held it is to be killed with the others of this test.
      await free();
      free = () => Promise.resolve();
      while (test.run.snapshot().survivors.length === 0) await new Promise<void>((resolve) => test.run.onDidChange(resolve));
    });
  });

  describe("of a host with limits", () => {
    async function host(limit: "user" | "descriptors", definition: Readonly<Record<string, unknown>>, act: "stop" | "kill" | "end"): Promise<Told> {
      const args = [HOST, limit, JSON.stringify(definition), act];
      const [file, all] = limit === "user" ? [process.execPath, args] : ["/bin/sh", ["-c", 'ulimit -n 64; exec "$0" "$@"', process.execPath, ...args]];
      const { stdout } = await promisify(execFile)(file, all, { cwd: tmpdir() });
      const told = JSON.parse(stdout) as Told;
      assert.deepEqual(told.rejected, []);
      assert.equal(told.kinds.at(-1), "ended");
      return told;
    }

    it("is stopped and killed without a free descriptor, and says that it does not know the rest", async function () {
      this.timeout(60_000);
      const [obedient, stubborn, killed, ended, held] = await Promise.all([
        host("descriptors", { command: OBEDIENT, waitDelay: "1h" }, "stop"),
        host("descriptors", { command: STUBBORN, waitDelay: 300 }, "stop"),
        host("descriptors", { command: OBEDIENT }, "kill"),
        host("descriptors", { command: "echo ready; read -r go" }, "end"),
        host("descriptors", { command: "sleep 61 & echo ready; read -r go; exit 0", waitDelay: 300 }, "end"),
      ]);
      for (const { id } of [obedient, stubborn, killed, ended]) assert.deepEqual(markedProcesses(id), []);
      killMarked(held.id);
      assert.deepEqual([obedient, stubborn, killed, ended, held].map(({ outcome }) => outcome.kind), ["signaled", "signaled", "signaled", "succeeded", "hungPipe"]);
      for (const { ms, lines } of [obedient, stubborn, killed, ended, held]) {
        assert.ok(ms < END_MS, `it took ${ms.toFixed()} ms`);
        assert.doesNotMatch(lines.join("\n"), /another user/);
      }
      // Those that have ended have given back the descriptors of their pipes; this one has not been seen in time.
      assert.match(stubborn.lines.join("\n"), /unknown/);
    });

    it("says which member of its group was not reached, whose it is, and does not offer to kill it", async function () {
      if (process.getuid?.() !== 0) this.skip();
      this.timeout(60_000);
      const root = join(folder, "other-root");
      copyFileSync("/usr/bin/setpriv", root);
      chmodSync(root, 0o4755);
      chmodSync(folder, 0o755);
      const member = `${root} --reuid 0 sh -c 'trap "" INT; echo "member $$"; exec sleep 62 >/dev/null 2>&1' &`;
      const { lines, output, survivors, id } = await host("user", { command: `trap 'exit 0' INT; ${member} wait_for=$!; until grep -q sleep /proc/$wait_for/comm; do sleep 0.02; done; echo ready; while :; do sleep 0.02; done`, waitDelay: 400 }, "stop");
      const pid = Number(/member (\d+)/.exec(output)?.[1]);
      try {
        assert.deepEqual(survivors, [pid], output);
        const said = lines.join("\n");
        const asked = lines.find((line) => line.startsWith("sent SIGINT"));
        assert.match(asked ?? "", new RegExp(`^sent SIGINT to process group \\d+( \\(\\d+ processes\\))?, but not to \`sleep 62\` \\(pid ${pid}\\) of root \\(operation not permitted\\); kill in 400 ms`));
        assert.match(said, new RegExp(`SIGKILL could not be sent to \`sleep 62\` \\(pid ${pid}\\) of root`));
        assert.match(lines.at(-1) ?? "", new RegExp(`^still running: \`sleep 62\` \\(pid ${pid}\\) of root; only root can kill it \\(docs: survivors\\)$`));
        assert.doesNotMatch(said, /the Cancellable Tasks view/);
      } finally {
        killMarked(id);
        if (await isAlive(pid)) process.kill(pid, "SIGKILL");
      }
    });

    it("is not shielded by a command that has become another user's, which is listed in the end", async function () {
      if (process.getuid?.() !== 0) this.skip();
      this.timeout(60_000);
      const root = join(folder, "root");
      copyFileSync("/usr/bin/setpriv", root);
      chmodSync(root, 0o4755);
      chmodSync(folder, 0o755);
      // A setuid program alone can still be signalled: its real user is the same.
      const become = `exec ${root} --reuid 0 sh -c 'echo ready; exec sleep 60'`;
      const [alone, among] = await Promise.all([
        host("user", { command: become }, "kill"),
        host("user", { command: `trap '' INT; sleep 60 >/dev/null 2>&1 & echo "member $!"; setsid sleep 60 >/dev/null 2>&1 & echo "escaped $!"; ${become}`, waitDelay: 300 }, "stop"),
      ]);
      try {
        for (const { pid, outcome, survivors, kinds } of [alone, among]) {
          assert.equal(outcome.kind, "unkillable", kinds.join());
          assert.deepEqual(survivors, [pid]);
          assert.equal(await isAlive(pid), true);
        }
        const [member, escaped] = [/member (\d+)/, /escaped (\d+)/].map((text) => Number(text.exec(among.output)?.[1]));
        assert.equal(await isAlive(member ?? 0), false);
        assert.equal(await isAlive(escaped ?? 0), false);
        assert.match(alone.lines.join("\n"), /SIGKILL could not be sent/);
      } finally {
        for (const { id } of [alone, among]) killMarked(id);
        for (const { pid } of [alone, among]) if (await isAlive(pid)) process.kill(pid, "SIGKILL");
      }
    });
  });
});
