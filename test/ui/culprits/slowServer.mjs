// Listens on a port, and takes a second to close it when it is asked to.
import { createServer } from "node:http";

const server = createServer((request, response) => response.end("hello"));
server.on("error", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
server.listen(8125, "127.0.0.1", () => console.log("listening on 8125"));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => setTimeout(() => process.exit(0), 1000));
