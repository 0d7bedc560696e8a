// Ends, and leaves a process behind that has its output open.
const child = require("node:child_process").spawn(process.execPath, ["sleeper.cjs"], { detached: true, stdio: ["ignore", "inherit", "inherit"] });
child.unref();
child.once("spawn", () => {
  console.log("built");
  process.exit(0);
});
