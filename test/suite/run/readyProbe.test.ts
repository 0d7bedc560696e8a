// What a server may do to who asks it whether it is ready.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { readyProbe } from "../../../src/taskRunner/run/readyProbe";
import { checkDefinition } from "../../../src/taskRunner/task/definition";
import { DEFAULTS } from "./startedRun";

describe("Whether a server answers", () => {
  let server: Server;
  const sockets: Socket[] = [];

  /** @param answer what is done when the request has come @returns where */
  async function serving(answer: (socket: Socket) => void): Promise<string> {
    server = createServer((socket) => {
      sockets.push(socket.on("error", () => undefined));
      socket.once("data", () => answer(socket));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
  }

  function ask(url: string, signal = new AbortController().signal): Promise<boolean> {
    const checked = checkDefinition({ command: "true" }, DEFAULTS);
    assert.ok(checked.ok);
    return readyProbe(checked.definition, { folder: undefined, environment: {}, defaultShell: "/bin/sh", terminal: { language: "en", version: "1.139.1" } }, "ab").http(url, signal);
  }

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  it("is no longer waited for than agreed, also when memory is collected meanwhile", async function () {
    this.timeout(20_000);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const url = await serving(() => undefined);
    const collecting = setInterval(collect, 100);
    try {
      assert.equal(await Promise.race([ask(url), new Promise((resolve) => setTimeout(resolve, 10_000))]), false);
    } finally {
      clearInterval(collecting);
    }
  });

  it("is not waited for when the run ends, also when it had ended before", async () => {
    let asked = (): void => undefined;
    const url = await serving(() => asked());
    const over = new AbortController();
    asked = () => over.abort();
    assert.equal(await ask(url, over.signal), false);
    assert.equal(await ask(url, over.signal), false);
  });

  it("is no to one that goes over to another protocol, or says nothing", async () => {
    for (const text of ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "", "SSH-2.0-OpenSSH\r\n"]) {
      assert.equal(await ask(await serving((socket) => socket.end(text))), false);
      server.close();
    }
  });
});
