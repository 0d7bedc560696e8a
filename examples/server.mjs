// A server that cleans up when it is asked to stop: on SIGINT it closes its port, says so, and exits.
import { createServer } from "node:http";

const port = Number(process.env.PORT ?? 8123);
const server = createServer((request, response) => {
  console.log(`${request.method} ${request.url}`);
  response.end("Hello from a cancellable task.\n");
});

server.listen(port, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${port}`));

process.once("SIGINT", () => {
  console.log("SIGINT: closing the port...");
  server.close(() => console.log(`port ${port} is closed, good bye`));
  server.closeAllConnections();
});
