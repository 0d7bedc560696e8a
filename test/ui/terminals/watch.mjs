// A watcher with keys, as test runners have them; it takes Ctrl+C for a key of its own.
let runs = 0;
function run(why) {
  console.clear();
  console.log(`\x1b[7m RUN \x1b[0m ${why} #${++runs}`);
  console.log("\x1b[32m ✓\x1b[39m 12 tests passed");
  console.log("press r to rerun, q to quit");
}

process.stdin.setRawMode(true);
run("all");
process.stdin.on("data", (data) => {
  const key = data.toString();
  if (key === "q") {
    console.log("bye");
    process.exit(0);
  }
  run(key === "\x03" ? "Ctrl+C" : JSON.stringify(key));
});
