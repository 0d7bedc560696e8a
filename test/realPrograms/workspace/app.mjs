// app.mjs [NAME]: a server as people write them. It logs what happens to it in NAME.log, takes 300 ms to clean up, and knows no hang-up.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const [name = "app"] = process.argv.slice(2);
const folder = process.env.TRIAL_FOLDER ?? process.cwd();
const log = (what) => appendFileSync(join(folder, `${name}.log`), `${process.pid} ${what}\n`);

let isAsked = false;
function stop(signal) {
  log(signal);
  if (isAsked) return;
  isAsked = true;
  console.log(`${name}: shutting down`);
  setTimeout(() => {
    log("cleaned");
    process.exit(0);
  }, 300);
}
process.on("SIGINT", stop);
process.on("SIGTERM", stop);

const isFirst = ["app", "a"].includes(name);
createServer((_, response) => response.end("ok")).listen(isFirst ? Number(process.env.PORT ?? 0) : 0, "127.0.0.1", () => {
  log("ready");
  console.log(`${name}: ready`);
});
