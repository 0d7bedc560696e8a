import { createServer } from "node:http";

const server = createServer((_, response) => response.end("hello"));
server.listen(0, "127.0.0.1", () => console.log("the server is listening"));
process.on("SIGINT", () => server.close(() => console.log("the server has closed")));
