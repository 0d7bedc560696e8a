// A server that cleans up when it is asked to stop.
const port = Number(process.argv[2]);
const server = require("node:http").createServer((_, answer) => answer.end("hello"));
server.listen(port, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${port}`));
process.on("SIGINT", () => {
  console.log("closing");
  server.close();
  setTimeout(() => {
    console.log("good bye");
    process.exit(0);
  }, 500);
});
