// hang.mjs MS [--interrupt] [--subsleep=MS] [--probe=MS] [--read]
// Runs for MS milliseconds and then exits with 0, unless somebody ends it before. It says that it is ready (its signal
// handlers set) by closing its stdout. It ignores SIGINT and dies of SIGQUIT with a dump on stderr.
//   --interrupt   exits with 0 on SIGINT
//   --subsleep    first starts a child that holds stdin and stderr for that long, and leaves it behind
//   --probe       writes to stderr at this interval, and exits with 1 when nobody reads it any more
//   --read        reads stdin to its end before it starts to count
import { spawn } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    interrupt: { type: "boolean" },
    subsleep: { type: "string" },
    probe: { type: "string", default: "0" },
    read: { type: "boolean" },
  },
});

function say(text) {
  try {
    writeSync(2, `${process.pid}: ${text}\n`);
    return true;
  } catch {
    return false;
  }
}

async function leaveChild() {
  const args = [fileURLToPath(import.meta.url), flags.subsleep, "--read", `--probe=${flags.probe}`];
  const child = spawn(process.execPath, args, { stdio: ["inherit", "pipe", "inherit"] });
  for await (const chunk of child.stdout) say(`unexpected output of the child: ${chunk}`);
  child.unref();
  say(`left ${child.pid} behind`);
}

function setHandlers() {
  process.on("SIGINT", () => {
    say("received SIGINT");
    if (flags.interrupt) process.exit(0);
  });
  process.once("SIGQUIT", () => {
    say(`SIGQUIT\n\nactive: ${process.getActiveResourcesInfo().join(", ")}\n${new Error("stack").stack}`);
    // The handler is gone by now: this is the system's own way to end by SIGQUIT.
    process.kill(process.pid, "SIGQUIT");
  });
}

async function readInput() {
  let length = 0;
  for await (const chunk of process.stdin) length += chunk.length;
  say(`read ${length} bytes`);
}

if (flags.subsleep !== undefined) await leaveChild();
setHandlers();
closeSync(1);
if (flags.read) await readInput();
const probe = flags.probe === "0" ? undefined : setInterval(() => say("ok") || process.exit(1), Number(flags.probe));
setTimeout(() => {
  clearInterval(probe);
  say(`ran for ${positionals[0]} ms`);
  process.exit(0);
}, Number(positionals[0]));
