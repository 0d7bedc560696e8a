// The leader of the process group that VS Code's server runs in. It runs the command it is given and ends the
// whole group when its standard input ends, that is when the process that started it asks for it, or is dead,
// even from SIGKILL; at once when there is a word on its standard input. It also ends the group when the server itself has gone and left others behind.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const orderly = 8_000; // ms; VS Code gives its extensions 5 s to deactivate
const pause = 50; // ms between two looks at who is left

const [command = "", ...args] = process.argv.slice(2);
const server = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
let ending = false;

interface Member {
  readonly pid: number;
  readonly group: number;
  readonly commandLine: string;
}

function readProc(pid: string): Member[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const group = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
    return [{ pid: Number(pid), group, commandLine: readFileSync(`/proc/${pid}/cmdline`, "utf8") }];
  } catch {
    return []; // It has ended meanwhile.
  }
}

function readPs(): Member[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,pgid=,command="], { encoding: "utf8" });
  return stdout.split("\n").map((row) => {
    const [, pid, group, commandLine = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return { pid: Number(pid), group: Number(group), commandLine };
  });
}

/** Whether an extension host is still at work: its extensions may be deactivating. Nobody else deserves a wait. */
function extensionHostLeft(): boolean {
  const all = process.platform === "linux" ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap(readProc) : readPs();
  return all.some(({ pid, group, commandLine }) => {
    return group === process.pid && pid !== process.pid && commandLine.includes("--type=extensionHost");
  });
}

function endWhenIdle(deadline: number): void {
  const serverLeft = server.exitCode === null && server.signalCode === null && server.pid !== undefined;
  if (Date.now() > deadline || (!serverLeft && !extensionHostLeft())) {
    killGroup();
  }
  setTimeout(endWhenIdle, pause, deadline);
}

function killGroup(): void {
  process.kill(-process.pid, "SIGKILL");
}

/** Asks the server first, alone: it tells its extension hosts, which deactivate their extensions. */
function endGroup(): void {
  if (ending) {
    return;
  }
  ending = true;
  server.kill("SIGTERM");
  endWhenIdle(Date.now() + orderly);
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  process.on(signal, endGroup);
}
server.once("error", (error) => {
  console.error(error.message);
  endGroup();
});
server.once("exit", (code, signal) => {
  if (!ending) {
    console.error(`VS Code's server ended by itself: ${signal ?? `exit code ${String(code)}`}`);
  }
  endGroup();
});
process.stdin.once("close", endGroup);
process.stdin.once("data", killGroup);
