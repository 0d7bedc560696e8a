// Leaves a process behind whose parent is dead and whose environment is empty.
const { spawn } = require("node:child_process");
if (process.argv[2] === undefined) {
  spawn(process.execPath, [__filename, "middle"], { detached: true, stdio: "ignore" }).once("exit", () => console.log("left one"));
} else {
  const child = spawn(process.execPath, ["sleeper.cjs"], { detached: true, stdio: "ignore", env: { SystemRoot: process.env.SystemRoot } });
  child.unref();
  child.once("spawn", () => process.exit(0));
}
