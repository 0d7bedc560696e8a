import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isExecuting, linuxTable, parseStat } from "../../../src/taskRunner/process/linux";
import { parseListeners } from "../../../src/taskRunner/process/linuxFiles";
import { parsePasswd } from "../../../src/taskRunner/process/linuxStatus";
import { parseSyscall } from "../../../src/taskRunner/process/linuxTerminal";
import { isSameProcess, isStillAlive, type ProcessInfo } from "../../../src/taskRunner/process/table";
import { markedWith } from "./marked";
import { killStarted, start } from "./startedProcess";

const MARKER = "CANCELLABLE_TASKS_RUN=linux-test";
const STAT = "S 1 40 41 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 200";
/** As /proc/net/tcp in proc(5) and in the kernel's Documentation/networking/proc_net_tcp: one that listens, one that is connected. */
const NET_TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12346 1 0000000000000000
   2: 0100007F:0BB8 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 12347 1 0000000000000000 20 4 30 10 -1
`;

describe("the process table of Linux", () => {
  before(function () {
    if (process.platform !== "linux") this.skip();
  });
  afterEach(killStarted);

  it("reads names with spaces, brackets and line ends", () => {
    for (const name of ["sh", "a b", ":) (", "))", "x\ny", "1 (2) S 3"]) {
      const expected: ProcessInfo = { pid: 77, ppid: 1, pgid: 40, sid: 41, zombie: false, stopped: false, start: 98765, name, command: name };
      assert.deepEqual(parseStat(`77 (${name}) ${STAT}\n`), expected);
    }
  });

  it("reads which group a terminal has in its foreground, if there is a terminal", () => {
    assert.equal(parseStat(`77 (x) ${STAT}`)?.tpgid, undefined);
    assert.equal(parseStat(`77 (x) ${STAT.replace(" 41 0 -1", " 41 34816 40")}`)?.tpgid, 40);
  });

  it("reads in which system call a thread waits, and makes nothing of other lines", () => {
    const args = "0x0 0x55c6a0c2b000 0x400 0x0 0x0 0x0 0x7ffc3e09ac70 0x7f0000000000";
    assert.deepEqual(parseSyscall(`0 ${args}\n`, "x64"), { call: "read", args: [0n, 0x55c6a0c2b000n, 0x400n, 0n, 0n, 0n] });
    assert.equal(parseSyscall(`63 ${args}`, "arm64")?.call, "read");
    for (const line of ["running", "", "-1 0x7ffc 0x7f00", `202 ${args}`, "0 0x0"]) assert.equal(parseSyscall(line, "x64"), undefined);
    assert.equal(parseSyscall(`0 ${args}`, "mips"), undefined);
  });

  it("reads the users' names, the first of an id", () => {
    assert.deepEqual([...parsePasswd("root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n\n#x\nwww:x:33:33:a:b:c\n")], [["0", "root"], ["33", "www"]]);
  });

  it("makes nothing of what is no line of stat", () => {
    for (const line of ["", "77", "77 (x)", "77 (x) S 1", ") ("]) assert.equal(parseStat(line), undefined);
  });

  it("tells a zombie and a stopped process from others", () => {
    const states = ["R", "S", "D", "I", "t", "T", "Z", "X"].map((state) => parseStat(`77 (x) ${state}${STAT.slice(1)}`));
    assert.deepEqual(states.map((info) => [info?.zombie, info?.stopped]), [...Array<[boolean, boolean]>(5).fill([false, false]), [false, true], [true, false], [true, false]]);
    // As above, with one thread; this one has two.
    assert.equal(parseStat(`77 (x) Z${STAT.slice(1).replace(" 20 0 1 0", " 20 0 2 0")}`)?.zombie, false);
  });

  it("knows this process, and that it is itself", async () => {
    const [a, b] = [await linuxTable.read(process.pid), await linuxTable.read(process.pid)];
    assert.ok(a !== undefined && b !== undefined);
    assert.equal(a.ppid, process.ppid);
    assert.equal(isSameProcess(a, b), true);
    assert.equal(isSameProcess({ ...a, start: a.start + 1 }, b), false);
    assert.ok(a.start <= linuxTable.now());
    const all = await linuxTable.list();
    assert.ok(all.some((info) => isSameProcess(info, a)));
    assert.ok(!(await linuxTable.newcomers(all)).some((info) => isSameProcess(info, a)));
    assert.ok((await linuxTable.newcomers(all.filter(({ pid }) => pid !== a.pid))).some((info) => isSameProcess(info, a)));
  });

  it("does not take a process with the same pid and start for the same when session and program differ", async () => {
    const self = await linuxTable.read(process.pid);
    assert.ok(self !== undefined);
    assert.equal(isSameProcess({ ...self, sid: 1, name: "other" }, self), false);
    assert.equal(isSameProcess({ ...self, sid: 1 }, self), true);
    assert.equal(isStillAlive({ ...self, zombie: true }, self), false);
  });

  it("has a smaller answer for a process that is gone, and no error", async () => {
    const child = spawn("true");
    await once(child, "exit");
    const pid = child.pid ?? 0;
    const gone = { ...(await linuxTable.read(process.pid)), pid, start: 1 } as Parameters<typeof linuxTable.signal>[0];
    assert.equal(await linuxTable.read(pid), undefined);
    assert.deepEqual(await linuxTable.describe([gone]), []);
    assert.equal((await markedWith([pid], MARKER)).size, 0);
    assert.equal((await linuxTable.holders([pid], [{ dev: 1, ino: 1 }])).size, 0);
    assert.equal((await linuxTable.ports([pid])).size, 0);
    assert.equal(await linuxTable.signal(gone, "SIGTERM"), false);
    assert.equal(await linuxTable.signalGroup([gone], "SIGTERM"), false);
  });

  it("sees the environment of a process that goes from one program to the next all the time", async () => {
    const again = `exec 2>/dev/null; n=$((\${1:-0}+1)); [ $n -lt 400 ] && exec bash -c "$0" "$0" $n; sleep 60`;
    const { pid } = await start(`echo ready; exec bash -c '${again}' '${again}' 0`, { CANCELLABLE_TASKS_RUN: "linux-test" });
    let missed = 0;
    for (let i = 0; i < 300; i++) if ((await markedWith([pid], MARKER)).size === 0) missed++;
    assert.equal(missed, 0);
  });

  it("sees the mark where a NUL stands for its equals sign, as in a bash that is just starting", async () => {
    const strings = (...all: string[]): string => `pack("p*", ${all.map((text) => `"${text}"`).join(", ")}, undef)`;
    const execve = process.arch === "arm64" ? 221 : 59;
    const { pid } = await start(`echo ready; exec perl -e 'my @what = ("/bin/sleep", ${strings("sleep", "60")}, ${strings("A=1", ...MARKER.split("="))}); syscall(${execve}, @what)'`);
    while ((await linuxTable.read(pid))?.name !== "sleep") await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual([...(await markedWith([pid], MARKER))], [pid]);
    assert.equal((await markedWith([pid], MARKER.slice(0, -1))).size, 0);
  });

  it("knows whose environment is empty because a program is being executed, and whose is so for good", async () => {
    const line = (state: string, flags: number, code: string, begin: string, end: string): string =>
      `77 (x) ${state} 1 40 41 0 -1 ${flags}${" 7".repeat(16)} ${code}${" 0".repeat(23)} ${begin} ${end} 0`;
    assert.equal(isExecuting(line("R", 4194304, "0", "0", "0")), true, "no program yet");
    assert.equal(isExecuting(line("R", 4194304, "0", "140722571106853", "0")), true, "the program is being set up");
    assert.equal(isExecuting(line("R", 4194304, "0", "140722571106853", "140722571106853")), true, "it is being counted");
    assert.equal(isExecuting(line("S", 4194304, "94708458172416", "140722571106853", "140722571108330")), true, "it has got one since");
    assert.equal(isExecuting(line("S", 4194304, "94708458172416", "140722571106853", "140722571106853")), false, "env -i");
    assert.equal(isExecuting(line("S", 4194304, "1", "0", "0")), false, "one that may not be looked into");
    assert.equal(isExecuting(line("Z", 4194308, "0", "0", "0")), false, "a zombie");
    assert.equal(isExecuting(line("R", 4194308, "0", "0", "0")), false, "one that is exiting");
    assert.equal(isExecuting(line("I", 69238880 | 0x200000, "0", "0", "0")), false, "a kernel thread");
    assert.equal(isExecuting(""), false, "one that has gone");
    const { pid } = await start("echo ready; exec env -i sleep 60");
    while ((await linuxTable.read(pid))?.name !== "sleep") await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(isExecuting(readFileSync(`/proc/${pid}/stat`, "utf8")), false);
  });

  it("reads a command line with 100,000 empty arguments at once", async () => {
    const child = spawn("sh", ["-c", "read -r line", "sh", ...Array.from({ length: 100_000 }, () => ""), "last"]);
    const started = performance.now();
    const command = (await linuxTable.read(child.pid ?? 0))?.command ?? "";
    assert.ok(performance.now() - started < 2000);
    assert.ok(command.startsWith("sh -c read -r line sh ") && command.endsWith(" last"));
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  it("sees an entry of the environment only as a whole, also in a long one", async () => {
    const { pid } = await start("echo ready; sleep 60", { AAA: "x".repeat(100_000), CANCELLABLE_TASKS_RUN: "linux-test" });
    assert.deepEqual([...(await markedWith([pid], MARKER))], [pid]);
    assert.equal((await markedWith([pid], MARKER.slice(0, -1))).size, 0);
    assert.equal((await markedWith([pid], MARKER.slice(1))).size, 0);
  });

  it("finds the descriptors of a file, also when its name is gone", async () => {
    const path = join(tmpdir(), `cancellable-tasks-linux-test-${process.pid}`);
    const fd = openSync(path, "w");
    try {
      rmSync(path);
      const child = spawn("sleep", ["60"], { stdio: ["ignore", fd, "ignore", "ignore", fd] });
      const { dev, ino } = fstatSync(fd);
      const held = await linuxTable.holders([child.pid ?? 0], [{ dev, ino }]);
      assert.deepEqual(held.get(child.pid ?? 0)?.map((one) => one.fd), [1, 4]);
      child.kill("SIGKILL");
      await once(child, "exit");
    } finally {
      closeSync(fd);
    }
  });

  it("finds the ports that a process listens on", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    const other = createServer().listen(0, "127.0.0.1");
    await Promise.all([once(server, "listening"), once(other, "listening")]);
    const ports = [server, other].map((one) => (one.address() as { port: number }).port).sort((a, b) => a - b);
    const found = await linuxTable.ports([process.pid, 1]);
    for (const port of ports) assert.ok(found.get(process.pid)?.includes(port));
    server.close();
    other.close();
    await Promise.all([once(server, "close"), once(other, "close")]);
  });

  it("takes from the kernel's table only what listens, over IPv4 and IPv6", () => {
    assert.deepEqual([...parseListeners(NET_TCP)], [["12345", 3000], ["12346", 8080]]);
  });

  it("signals a process only if its pid is still its own", async () => {
    const { pid, exit } = await start("echo ready; exec sleep 60");
    const info = await linuxTable.read(pid);
    assert.ok(info !== undefined);
    assert.equal(await linuxTable.signal({ ...info, start: info.start - 1 }, "SIGKILL"), false);
    assert.equal(await linuxTable.signalGroup([{ ...info, start: info.start - 1 }], "SIGKILL"), false);
    assert.equal(await linuxTable.signalGroup([{ ...info, pgid: info.pgid + 1 }], "SIGKILL"), false);
    assert.equal(isStillAlive(await linuxTable.read(pid), info), true);
    assert.equal(await linuxTable.signal(info, "SIGKILL"), true);
    await exit;
  });
});
