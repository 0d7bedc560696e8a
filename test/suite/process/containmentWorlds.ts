import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deferred } from "../../../src/taskRunner/base/deferred";
import { markerOf } from "../../../src/taskRunner/base/marker";
import type { Container } from "../../../src/taskRunner/process/container";
import { linuxTable } from "../../../src/taskRunner/process/linux";
import { RunProcesses } from "../../../src/taskRunner/process/runProcesses";
import type { ProcessTable } from "../../../src/taskRunner/process/table";
import { TestCgroup } from "../testCgroup";
import { darwinTools, hasDarwinTools } from "./darwinTools";
import { FakeTable } from "./fakeTable";

/**
 * What the command of a run starts: in its group; in a session of its own; the same with the run's output open; or one that has
 * shed every sign: two forks, a session of its own, no environment, no descriptor.
 */
export type Kind = "group" | "session" | "holder" | "shed";

/** One run, whose command starts what it is told to. */
export interface RunWorld {
  readonly processes: RunProcesses;
  readonly command: number;
  /** Whether the run has a container. */
  readonly isExact: boolean;
  start(kind: Kind): Promise<number>;
  /** Another process, which the run has not started. */
  startBystander(): Promise<number>;
  /** The command ends by itself. */
  endCommand(): Promise<void>;
  kill(pid: number): void;
  lives(pid: number): Promise<boolean>;
  close(): Promise<void>;
}

function fakeWorld(): RunWorld {
  const table = new FakeTable();
  // No system is ever empty.
  table.start({ parent: 1 });
  const [id, file] = [randomBytes(8).toString("hex"), { dev: 1, ino: 2 }];
  const [variables, since] = [{ CANCELLABLE_TASKS_RUN: id }, table.now()];
  const command = table.start({ variables });
  const ended = deferred<undefined>();
  const leader = { pid: command, state: undefined as object | undefined, wait: () => ended.promise };
  const end = (): void => {
    leader.state = {};
    ended.resolve(undefined);
  };
  const processes = new RunProcesses({ leader, marker: markerOf(id), since, pipes: () => [{ kind: "output", file }], table });
  const how = { group: { parent: command, group: command, variables }, session: { parent: command, variables }, holder: { parent: command, variables, holds: [file] }, shed: { parent: 1 } };
  return {
    processes,
    command,
    isExact: false,
    start: (kind) => Promise.resolve(table.start(how[kind])),
    startBystander: () => Promise.resolve(table.start({ parent: 1 })),
    async endCommand() {
      table.end(command);
      end();
      await ended.promise;
    },
    kill: (pid) => table.end(pid),
    async lives(pid) {
      const lives = (await table.read(pid)) !== undefined;
      if (pid === command && !lives) end();
      return lives;
    },
    close: () => Promise.resolve(),
  };
}

const QUIET = "</dev/null >/dev/null 2>&1";
/** Says its pid when it is in its own session. */
const IN_SESSION = `perl -MPOSIX -e 'setsid; syswrite STDOUT, "$$\\n"; open STDOUT, ">", "/dev/null"; exec "sleep", 61' </dev/null 2>/dev/null`;
/** Says its pid when those in between have ended. */
const SHED = `env -i perl -MPOSIX -e 'exit if fork; setsid; my $between = $$; exit if fork; select undef, undef, undef, 0.001 while getppid == $between; syswrite STDOUT, "$$\\n"; POSIX::close($_) for 0 .. 255; exec "/bin/sleep", 61' </dev/null 2>/dev/null`;
const COMMAND = `echo ready; while read -r kind; do case $kind in group) sleep 61 ${QUIET} 3>&- & echo $!;; session) ${IN_SESSION} 3>&- & ;; holder) ${IN_SESSION} & ;; shed) ${SHED} 3>&-;; esac; done`;

/** @param cgroup in which the run has one of its own; undefined: its processes are known by the signs */
async function realWorld(table: ProcessTable, cgroup?: TestCgroup, done: () => void = () => undefined): Promise<RunWorld> {
  const id = randomBytes(8).toString("hex");
  const folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
  // As a run's FIFOs: a file with a name may lie on a dead disk, and is not looked at.
  const fd = openSync(join(folder, "held"), "w");
  rmSync(folder, { recursive: true });
  const { dev, ino } = fstatSync(fd);
  const container = cgroup === undefined ? undefined : await containerIn(cgroup, id);
  // What `ps` rounds here can be two seconds early; macOS's does not.
  const since = table.now() - (table === linuxTable ? 0 : 2);
  const enters = container?.folder === undefined || cgroup === undefined ? [] : cgroup.moverInto(container.folder);
  const child = spawn("/bin/sh", ["-c", `${enters.length === 0 ? "" : '"$@" $$; '}${COMMAND}`, "sh", ...enters], { detached: true, stdio: ["pipe", "pipe", "ignore", fd], env: { PATH: process.env["PATH"], CANCELLABLE_TASKS_RUN: id } });
  const { pid: command, stdin, stdout } = child;
  if (command === undefined || stdin === null || stdout === null) throw new Error("no shell could be started");
  const exit = once(child, "exit");
  await once(stdout, "data");
  const leader = { pid: command, state: undefined as object | undefined, wait: () => exit };
  void exit.then(() => (leader.state = {}));
  const processes = new RunProcesses({ leader, marker: markerOf(id), since, pipes: () => [{ kind: "output", file: { dev, ino } }], table, ...(container === undefined ? {} : { container }) });
  const started: number[] = [];
  const bystanders: ChildProcess[] = [];
  const kill = (pid: number): void => {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has gone.
    }
  };
  return {
    processes,
    command,
    isExact: container !== undefined,
    kill,
    async start(kind) {
      stdin.write(`${kind}\n`);
      const [line] = (await once(stdout, "data")) as [Buffer];
      const pid = Number(line.toString());
      started.push(pid);
      return pid;
    },
    async startBystander() {
      const bystander = spawn("sh", ["-c", "echo ready; exec sleep 61"], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
      bystanders.push(bystander);
      await once(bystander.stdout, "data");
      return bystander.pid ?? NaN;
    },
    async endCommand() {
      stdin.end();
      await exit;
    },
    async lives(pid) {
      if (pid === command) return child.exitCode === null && child.signalCode === null;
      return (await table.read(pid))?.zombie === false;
    },
    async close() {
      // Their pids are still their own: nothing here lives longer than a minute, and each was started by this.
      for (const pid of started) if ((await linuxTable.read(pid))?.zombie === false) kill(pid);
      if (leader.state === undefined) child.kill("SIGKILL");
      await exit;
      for (const bystander of bystanders) {
        const over = once(bystander, "exit");
        bystander.kill("SIGKILL");
        await over;
      }
      closeSync(fd);
      container?.remove();
      await cgroup?.remove();
      done();
    },
  };
}

async function containerIn(cgroup: TestCgroup, id: string): Promise<Container> {
  const containment = cgroup.containment();
  const problem = await containment.available();
  const container = await containment.open(id);
  if (problem !== undefined || !("members" in container)) throw new Error(JSON.stringify([problem, container]));
  return container;
}

/** The real ones on Linux only, whose shells and tools they use. */
const isLinux = process.platform === "linux";

/** Where a run can be had whose processes are known in this way; undefined where it cannot be here. */
export const containmentWorlds: readonly [name: string, make: () => Promise<RunWorld | undefined>][] = [
  ["the signs, on the fake table", () => Promise.resolve(fakeWorld())],
  ["the signs, on Linux", async () => (isLinux ? await realWorld(linuxTable) : undefined)],
  [
    "the signs, by macOS's tools",
    async () => {
      if (!isLinux || !hasDarwinTools) return undefined;
      const tools = darwinTools();
      return await realWorld(tools.table, undefined, () => tools.close());
    },
  ],
  [
    "a cgroup",
    async () => {
      const cgroup = await TestCgroup.open();
      return cgroup === undefined ? undefined : await realWorld(linuxTable, cgroup);
    },
  ],
];
