// Ignores Ctrl+C, and so does what it has started with a console of its own.
process.on("SIGINT", () => console.log("no"));
if (process.argv[2] === undefined) {
  const child = require("node:child_process").spawn(process.execPath, [__filename, "child"], { detached: true, stdio: "ignore" });
  child.once("spawn", () => console.log("working"));
}
setInterval(() => undefined, 60_000);
