// Whether a run is ready, with real processes.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { isAlive, RunUnderTest } from "./startedRun";

/** A server on the port, by whatever this evaluates to; says "starting" first and nothing after. */
function server(listen: string, then = ""): string {
  return `exec node -e 'console.log("starting"); const s = require("http").createServer((q, r) => { r.statusCode = q.url === "/bad" ? 503 : 200; r.end(); }); ${listen}; ${then}; process.on("SIGINT", () => process.exit(0))'`;
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const probe = await listening(0);
  const port = portOf(probe);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function listening(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const one = createServer((socket) => socket.end());
    one.once("error", reject);
    one.listen(port, "127.0.0.1", () => resolve(one));
  });
}

function portOf(one: Server): number {
  const address = one.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function readyOf(test: RunUnderTest): string | undefined {
  return test.run.snapshot().ready?.kind;
}

describe("A run that says when it is ready", () => {
  afterEach(() => RunUnderTest.cleanUp());

  it("is ready when one of its processes listens on the port", async () => {
    const port = await freePort();
    const test = new RunUnderTest({ command: server(`setTimeout(() => s.listen(${port}), 200)`), ready: { port } }).start();
    await test.untilEvent("awaitingReady");
    assert.equal(readyOf(test), "awaited");
    await test.untilEvent("ready");
    assert.equal(readyOf(test), "ready");
    const { ports, url } = test.run.snapshot();
    assert.deepEqual([ports?.map((one) => [one.port, one.process.pid]), url], [[[port, test.pid]], `http://localhost:${port}`]);
    assert.ok(!test.kinds.includes("listening"), "the port is told once");
    await test.run.stop();
    assert.deepEqual([test.run.snapshot().ports, test.run.snapshot().url], [undefined, undefined]);
  });

  it("is ready when a descendant that has left its group listens", async () => {
    const port = await freePort();
    const test = new RunUnderTest({ command: `setsid bash -c "${server(`s.listen(${port})`).replaceAll('"', '\\"')}" & wait`, ready: { port } }).start();
    await test.untilEvent("ready");
    await test.run.kill();
  });

  it("is not ready because a stranger listens on the port", async () => {
    const stranger = await listening(0);
    const test = new RunUnderTest({ command: "echo up; read line", ready: [{ port: portOf(stranger) }, { output: "up" }] }).start();
    // The port is all that is missing, and has been looked for again since.
    await test.until(() => test.run.snapshot().ready?.kind === "awaited" && test.output.includes("up"));
    await new Promise((resolve) => setTimeout(resolve, 1000)); // Several looks: that nothing happens has no event.
    assert.deepEqual(test.run.snapshot().ready, { kind: "awaited", missing: [{ kind: "port", port: portOf(stranger) }] });
    await test.run.kill();
    await new Promise((resolve) => stranger.close(resolve));
  });

  it("is ready when a line of its output matches, without colours, and although it came in pieces", async () => {
    const test = new RunUnderTest({ command: "printf 'Loc'; sleep 0.05; printf '\\033[32mal\\033[0m:  http'; sleep 0.05; echo '://x'; read line", ready: { output: "^Local: +http://x$" } }).start();
    await test.untilEvent("ready");
    assert.match(test.output, /:\/\/x/, "what is told comes after the line that it is about");
    await test.run.kill();
  });

  it("is ready when a prompt matches that no line end follows", async () => {
    const test = new RunUnderTest({ command: "printf 'server> '; read line", ready: { output: "^server>" } }).start();
    await test.untilEvent("ready");
    await test.run.kill();
  });

  it("is ready when the last words of a command match that has ended", async () => {
    const test = new RunUnderTest({ command: "printf up", ready: { output: "up" } }).start();
    await test.run.ended;
    assert.equal(readyOf(test), "ready");
    assert.deepEqual(test.kinds, ["awaitingReady", "ready", "ended"]);
  });

  it("gives up a regular expression that would take hours, says so, and can be stopped", async () => {
    const test = new RunUnderTest({ command: "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!; echo up; read line", ready: [{ output: "(a+)+$" }, { output: "up" }] }).start();
    await test.untilEvent("patternTooSlow");
    await test.until(() => test.output.includes("up"));
    assert.deepEqual(test.run.snapshot().ready, { kind: "awaited", missing: [{ kind: "output", pattern: "(a+)+$" }] });
    await test.run.stop();
    assert.equal(test.kinds.filter((kind) => kind === "patternTooSlow").length, 1);
  });

  it("is not kept waiting by long lines, of which the beginning and the end count", async () => {
    const long = (text: string): string => `head -c 70000 /dev/zero | tr '\\0' x; echo '${text}'`;
    const test = new RunUnderTest({ command: `${long("")}; printf 'begin '; ${long("end")}; read line`, ready: [{ output: ".*Listening|^begin x+end$" }] }).start();
    await test.untilEvent("ready");
    assert.ok(!test.kinds.includes("patternTooSlow"));
    await test.run.kill();
  });

  it("is ready when a server answers, and not while it answers with an error", async () => {
    const port = await freePort();
    const test = new RunUnderTest({ command: server(`s.listen(${port})`), ready: { http: `http://localhost:${port}/bad` } }).start();
    await test.until(() => test.run.snapshot().ports?.length === 1);
    assert.equal(readyOf(test), "awaited");
    await test.run.kill();
    const good = new RunUnderTest({ command: server(`setTimeout(() => s.listen(${port}), 200)`), ready: { http: `http://localhost:${port}/` } }).start();
    await good.untilEvent("ready");
    assert.equal(good.run.snapshot().url, `http://localhost:${port}/`);
    await good.run.kill();
  });

  it("is ready when a command succeeds, which has the task's directory and environment", async () => {
    const test = new RunUnderTest({ command: "sleep 0.3; touch $F; read line; rm $F", env: { F: `/tmp/ready-${process.pid}` }, ready: { command: 'test -e "$F" && test "$PWD" = /tmp' }, cwd: "/tmp" }).start();
    await test.untilEvent("ready");
    test.run.console.write("\n");
    await test.run.ended;
  });

  it("takes the command that is being tried with it when it is stopped", async () => {
    const test = new RunUnderTest({ command: "read line", ready: { command: 'echo $$ >"$F"; exec sleep 60' }, env: { F: `/tmp/trying-${process.pid}` } }).start();
    const { readFile, rm } = await import("node:fs/promises");
    let pid = 0;
    while (pid === 0) pid = Number(await readFile(`/tmp/trying-${process.pid}`, "utf8").catch(() => ""));
    await test.run.stop();
    while (await isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
    await rm(`/tmp/trying-${process.pid}`);
    assert.ok(!test.kinds.includes("notReady"), "who stops it knows that it was not ready");
  });

  it("is ready when its output is quiet, and not before it has written anything", async () => {
    const test = new RunUnderTest({ command: "sleep 1.5; for i in 1 2 3 4; do echo $i; sleep 0.4; done; read line", ready: "quiet" }).start();
    await test.untilEvent("ready");
    assert.match(test.output, /4/);
    await test.run.kill();
  });

  it("is ready when all of a list hold", async () => {
    const port = await freePort();
    const test = new RunUnderTest({ command: server(`s.listen(${port})`, 'setTimeout(() => console.log("migrated"), 700)'), ready: [{ port }, { output: "migrated" }] }).start();
    await test.until(() => test.run.snapshot().ready?.kind === "awaited" && test.run.snapshot().ports !== undefined);
    assert.deepEqual(test.run.snapshot().ready, { kind: "awaited", missing: [{ kind: "output", pattern: "migrated" }] });
    await test.untilEvent("ready");
    await test.run.kill();
  });

  it("says that it ended before it was ready, and for what it had waited", async () => {
    const test = new RunUnderTest({ command: "echo no; exit 3", ready: { port: 1 } }).start();
    await test.run.ended;
    assert.deepEqual(test.kinds, ["awaitingReady", "notReady", "ended"]);
    assert.deepEqual(test.run.snapshot().ready, { kind: "missed", missing: [{ kind: "port", port: 1 }] });
  });

  it("lets no timer wait once it is ready, nor after its end", async () => {
    const test = new RunUnderTest({ command: "echo up; read line", ready: { output: "up" } }).start();
    await test.untilEvent("ready");
    // The one look for ports that output leads to.
    while (test.clock.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await test.run.stop();
    assert.equal(test.clock.waiting, 0);
  });
});

describe("A run that does not say when it is ready", () => {
  afterEach(() => RunUnderTest.cleanUp());

  it("still tells on which ports it listens, when its output has stopped", async () => {
    const [one, other] = [await freePort(), await freePort()].sort((a, b) => a - b);
    const test = new RunUnderTest({ command: server(`s.listen(${String(one)}); require("net").createServer().listen(${String(other)})`) }).start();
    await test.until(() => test.run.snapshot().ports?.length === 2);
    assert.deepEqual(test.run.snapshot().ports?.map(({ port }) => port), [one, other]);
    assert.ok(test.kinds.includes("listening"));
    assert.equal(test.run.snapshot().ready, undefined);
    await test.run.stop();
  });

  it("lets no timer wait while it writes nothing", async () => {
    const test = new RunUnderTest({ command: "read line" }).start();
    await test.untilState("running");
    assert.equal(test.clock.waiting, 0);
    await test.run.kill();
  });
});
