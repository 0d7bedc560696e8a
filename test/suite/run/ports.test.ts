// Ports that others hold when a task wants them, with real processes.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { thisTable } from "../../../src/taskRunner/process/system";
import type { ProcessInfo, ProcessTable } from "../../../src/taskRunner/process/table";
import { portHolders } from "../../../src/taskRunner/process/portHolders";
import { portsInUse } from "../../../src/taskRunner/run/addressInUse";
import type { PortsAnswer } from "../../../src/taskRunner/run/portGuard";
import { heldPortText } from "../../../src/taskRunner/run/portWords";
import type { Run } from "../../../src/taskRunner/run/run";
import type { HeldPort } from "../../../src/taskRunner/run/state";
import { eventLines } from "../../../src/taskRunner/run/words";
import { portsQuestion } from "../../../src/views/notificationModel";
import { FaultyTable } from "../process/faultyTable";
import { isAlive, RunUnderTest } from "./startedRun";

const children: ChildProcess[] = [];

/** A server that is no task's. @param more what it does besides */
async function stranger(port: number, more = ""): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(process.execPath, ["-e", `require("net").createServer().listen(${port}, () => console.log("up")); ${more}`], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await once(child.stdout, "data");
  return child as ChildProcess & { readonly pid: number };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Answers like this, in this order, and remembers what it was asked. */
function user(...answers: PortsAnswer[]): { readonly asked: (readonly HeldPort[])[]; readonly ask: (held: readonly HeldPort[]) => Promise<PortsAnswer> } {
  const asked: (readonly HeldPort[])[] = [];
  return { asked, ask: (held) => (asked.push(held), Promise.resolve(answers[asked.length - 1] ?? assert.fail("asked too often"))) };
}

function linesOf(test: RunUnderTest): string {
  return test.events.flatMap(eventLines).join("\n");
}

describe("A port that a task wants", () => {
  afterEach(async () => {
    await RunUnderTest.cleanUp();
    for (const child of children.splice(0)) {
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await once(child, "exit");
    }
  });

  it("is not asked about when it is free, nor where the task names none", async () => {
    const { asked, ask } = user();
    await new RunUnderTest({ command: "true", ports: [await freePort()] }, { askAboutPorts: ask }).start().run.ended;
    await new RunUnderTest({ command: "true" }, { askAboutPorts: ask }).start().run.ended;
    assert.deepEqual(asked, []);
  });

  it("is taken from a stranger when the user wants that: it is stopped before the task starts", async () => {
    const port = await freePort();
    const holder = await stranger(port);
    const { asked, ask } = user("stop");
    const test = await new RunUnderTest({ command: `node -e 'require("net").createServer().listen(${port}, () => console.log("ready"))'`, ports: port }, { askAboutPorts: ask }).ready();
    assert.equal(holder.signalCode, "SIGTERM");
    assert.deepEqual(asked.map((held) => held.map((one) => [one.port, one.process?.pid, one.owner])), [[[port, holder.pid, undefined]]]);
    assert.match(linesOf(test), new RegExp(`port ${port} is held by \`.*node.*\` \\(pid ${holder.pid}\\); waiting for your answer[^]*stopping \`.*\` \\(pid ${holder.pid}\\)`));
  });

  it("is taken from one that ignores SIGTERM by a kill, a while later", async function () {
    this.timeout(30_000);
    const port = await freePort();
    const holder = await stranger(port, 'process.on("SIGTERM", () => undefined)');
    await new RunUnderTest({ command: "true", ports: [port] }, { askAboutPorts: user("stop").ask }).start().run.ended;
    assert.equal(holder.signalCode ?? (await once(holder, "exit"))[1], "SIGKILL");
  });

  it("is one of two of the same holder, which is asked to stop once for both", async () => {
    const [one, two] = [await freePort(), await freePort()];
    // A second request makes it end at once, as many servers do.
    const holder = await stranger(one, `require("net").createServer().listen(${two}); let asked = 0; process.on("SIGTERM", () => (asked++ === 0 ? setTimeout(() => process.exit(0), 300) : process.exit(9)))`);
    await new RunUnderTest({ command: "true", ports: [one, two] }, { askAboutPorts: user("stop").ask }).start().run.ended;
    assert.equal(holder.exitCode ?? (await once(holder, "exit"))[0], 0);
  });

  it("is one of two of a run of another window, which is asked to stop once for both: twice would kill it", async () => {
    const [one, two] = [await freePort(), await freePort()];
    const web = await new RunUnderTest({ command: `exec node -e 'require("net").createServer().listen(${two}); require("net").createServer().listen(${one}, () => console.log("ready"))'` }).ready();
    let stops = 0;
    const there = { label: "web", isElsewhere: true, state: { kind: "running" }, stop: () => (stops++, web.run.stop()) } as unknown as Run;
    await new RunUnderTest({ command: "true", ports: [one, two] }, { askAboutPorts: user("stop").ask, findRun: (id) => (id === web.run.id ? there : undefined) }).start().run.ended;
    assert.equal(stops, 1);
  });

  it("is left to its holder when the user wants that, and the task starts", async () => {
    const port = await freePort();
    const holder = await stranger(port);
    const test = new RunUnderTest({ command: "true", ready: { port } }, { askAboutPorts: user("start").ask }).start();
    assert.equal((await test.run.ended).kind, "succeeded");
    assert.ok(await isAlive(holder.pid));
  });

  it("keeps the task from starting when the user cancels, and then VS Code starts nothing that depends on it", async () => {
    const port = await freePort();
    await stranger(port);
    const test = new RunUnderTest({ command: "echo started", ports: [port] }, { askAboutPorts: user("cancel").ask }).start();
    assert.deepEqual(await test.run.ended, { kind: "canceled", stop: { kind: "user" } });
    assert.deepEqual([test.output, test.run.snapshot().pid], ["", undefined]);
    assert.deepEqual(test.causes.map((cause) => cause.kind === "portsHeld" && cause.held.map((one) => one.port)), [[port]]);
  });

  it("is waited for no longer when the run is stopped while the user is asked", async () => {
    const port = await freePort();
    const holder = await stranger(port);
    const test = new RunUnderTest({ command: "echo started", ports: [port] }, { askAboutPorts: () => new Promise(() => undefined) }).start();
    await test.until(() => test.run.state.kind === "waiting" && test.run.state.held?.length === 1);
    assert.equal((await test.run.stop()).kind, "canceled");
    assert.equal(test.output, "");
    assert.ok(await isAlive(holder.pid));
  });

  it("is asked about no longer when it has become free meanwhile: the task starts", async () => {
    const port = await freePort();
    const holder = await stranger(port);
    let question: AbortSignal | undefined;
    const test = new RunUnderTest({ command: "echo started", ports: [port] }, { askAboutPorts: (_held, over) => ((question = over), new Promise(() => undefined)) }).start();
    await test.until(() => question !== undefined);
    holder.kill("SIGKILL");
    assert.equal((await test.run.ended).kind, "succeeded");
    assert.deepEqual([test.output, question?.aborted], ["started\n", true]);
  });

  it("is only told about where nobody is to be asked", async () => {
    const port = await freePort();
    const holder = await stranger(port);
    const test = new RunUnderTest({ command: "true", ports: [port] }).start();
    assert.equal((await test.run.ended).kind, "succeeded");
    assert.match(linesOf(test), new RegExp(`port ${port} is held by .*\\(pid ${holder.pid}\\); starting all the same`));
  });

  it("is asked about again when somebody else has it then", async () => {
    const port = await freePort();
    // Its child has the socket too, and outlives it.
    const script = `$s = IO::Socket::INET->new(Listen => 5, LocalPort => ${port}) or die; $| = 1; fork or do { sleep 60; exit }; print "up"; sleep 60`;
    const parent = spawn("perl", ["-MIO::Socket::INET", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(parent);
    await once(parent.stdout, "data");
    const { asked, ask } = user("stop", "start");
    await new RunUnderTest({ command: "true", ports: [port] }, { askAboutPorts: ask }).start().run.ended;
    const [first, second] = asked.map(([held]) => held?.process);
    assert.ok(first?.pid === parent.pid && second !== undefined && second.pid !== parent.pid);
    process.kill(second.pid, "SIGKILL");
  });

  it("belongs to another run of this window: that is named, and stopped as Stop does it", async () => {
    const port = await freePort();
    const web = await new RunUnderTest({ command: `exec node -e 'require("net").createServer().listen(${port}, () => console.log("ready")); process.on("SIGINT", () => { console.log("good bye"); process.exit(0); })'` }).ready();
    const { asked, ask } = user("stop");
    const test = new RunUnderTest({ command: "true", ports: [port] }, { askAboutPorts: ask, findRun: (id) => (id === web.run.id ? web.run : undefined) }).start();
    await test.run.ended;
    assert.deepEqual(asked[0]?.[0]?.owner, { kind: "running", label: "test" });
    assert.match(web.output, /good bye/);
    assert.match(linesOf(test), /of the running "test"/);
  });

  it("belongs to a run that has ended, or to another window's", async () => {
    const port = await freePort();
    const server = `setsid node -e 'require("net").createServer().listen(${port}, () => console.log("ready"))' & until exec 3<>/dev/tcp/localhost/${port}; do sleep 0.05; done 2>/dev/null`;
    const web = new RunUnderTest({ command: server, survivors: "ignore", stdio: "pipe", waitDelay: 100 }, { output: { write: () => undefined } }).start();
    await web.run.ended;
    const ask = user("start", "stop");
    await new RunUnderTest({ command: "true", ports: [port] }, { askAboutPorts: ask.ask, findRun: (id) => (id === web.run.id ? web.run : undefined) }).start().run.ended;
    await new RunUnderTest({ command: "true", ports: [port] }, { askAboutPorts: ask.ask }).start().run.ended;
    assert.deepEqual(ask.asked.map(([held]) => held?.owner), [{ kind: "ended", label: "test" }, { kind: "elsewhere" }]);
    assert.deepEqual(await portHolders(thisTable, [port]), []);
  });

  it("belongs to a run of another window, which does not take the stop: that is said, and the user is asked again", async () => {
    const port = await freePort();
    const web = await new RunUnderTest({ command: `exec node -e 'require("net").createServer().listen(${port}, () => console.log("ready"))'` }).ready();
    const there = { label: "web", isElsewhere: true, state: { kind: "running" }, stop: () => Promise.reject(new Error("no")) } as unknown as Run;
    const { asked, ask } = user("stop", "start");
    const test = new RunUnderTest({ command: "true", ports: [port] }, { askAboutPorts: ask, findRun: (id) => (id === web.run.id ? there : undefined) }).start();
    assert.equal((await test.run.ended).kind, "succeeded");
    assert.deepEqual(asked.map(([held]) => held?.owner), [{ kind: "elsewhere", label: "web" }, { kind: "elsewhere", label: "web" }]);
    assert.match(linesOf(test), /of "web", which runs in another window/);
  });

  it("is held by this very process: that is not offered to be stopped", async () => {
    const server = createServer().listen(0);
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const [holder] = (await portHolders(thisTable, [port])) ?? [];
    assert.ok(holder?.isEditor && holder.process?.pid === process.pid);
    assert.deepEqual(portsQuestion("web", [{ ...holder, owner: undefined }]).choices.map(({ title }) => title), ["Start Anyway"]);
    await new Promise((resolve) => server.close(resolve));
  });

  const windows: [string, { readonly us: string; readonly launcher: string; readonly sibling: string; readonly server: string }][] = [
    ["Linux", { us: "code", launcher: "code", sibling: "code", server: "node" }],
    ["a server for remote windows", { us: "node", launcher: "node", sibling: "node", server: "python3" }],
    ["macOS", { us: "/App/Code.app/Contents/Frameworks/Helper (Plugin).app/Contents/MacOS/Helper (Plugin) --x", launcher: "/App/Code.app/Contents/MacOS/Electron", sibling: "/App/Code.app/Contents/Frameworks/Helper.app/Contents/MacOS/Helper", server: "node" }],
  ];
  for (const [system, { us, launcher, sibling, server }] of windows) {
    it(`is held by another window, or by what serves all windows: that is the editor too, and no task's server is (${system})`, async () => {
      const info = (pid: number, ppid: number, command: string): ProcessInfo => ({ pid, ppid, pgid: pid, sid: pid, zombie: false, stopped: false, start: pid, name: command.split("/").at(-1) ?? "", command });
      const [parent, grandparent] = [900_001, 900_002];
      const list = [info(process.pid, parent, us), info(parent, grandparent, launcher), info(grandparent, 1, "bash"), info(900_003, parent, sibling), info(900_004, parent, server), info(900_005, process.pid, us), info(900_006, grandparent, us)];
      const faulty = new FaultyTable();
      faulty.answer("list", list);
      faulty.answer("describe", list);
      faulty.answer("listeners", [1, 2, 3, 4].map((port) => ({ port, pid: 900_002 + port, user: undefined })));
      assert.deepEqual((await portHolders(faulty.table, [1, 2, 3, 4]))?.map(({ isEditor }) => isEditor), [true, false, false, false]);
    });
  }

  it("is held by a process that cannot be seen: its user is named, and nothing is offered that cannot be done", () => {
    const held: HeldPort = { port: 80, process: undefined, user: "www-data", runId: undefined, isEditor: false, owner: undefined };
    assert.equal(heldPortText(held), "port 80 is held by a process of www-data that cannot be seen");
    assert.deepEqual(portsQuestion("web", [held]), {
      message: '"web" is not started yet: port 80 is held by a process of www-data that cannot be seen.',
      choices: [{ title: "Start Anyway", answer: "start" }],
      dismiss: "Cancel",
    });
  });

  it("is held by the first process, or by a service manager: that is not offered to be stopped", () => {
    const by = (pid: number, name: string): HeldPort => ({ port: 80, process: { pid, ppid: 0, pgid: pid, sid: pid, zombie: false, stopped: false, start: 1, name, command: name }, user: undefined, runId: undefined, isEditor: false, owner: undefined });
    for (const held of [by(1, "node"), by(321, "systemd"), by(322, "/sbin/launchd")]) {
      assert.deepEqual(portsQuestion("web", [held]).choices.map(({ title }) => title), ["Start Anyway"]);
    }
    assert.equal(portsQuestion("web", [by(321, "node")]).choices[0]?.title, "Stop It and Start");
  });

  for (const fault of ["never", "EMFILE"] as const) {
    it(`is not taken for free where it cannot be seen: that is said, and the task starts (${fault})`, async () => {
      const port = await freePort();
      await stranger(port);
      const faulty = new FaultyTable();
      faulty.break(["listeners"], fault);
      const { asked, ask } = user();
      const test = new RunUnderTest({ command: "true", ports: [port] }, { askAboutPorts: ask, table: faulty.table }).start();
      assert.equal((await test.run.ended).kind, "succeeded");
      assert.match(linesOf(test), new RegExp(`it cannot be seen now whether port ${port} is free; starting all the same`));
      assert.deepEqual(asked, []);
    });
  }

  it("is not looked for any longer when the run is stopped meanwhile", async () => {
    const faulty = new FaultyTable();
    faulty.break(["listeners"], "never");
    const test = new RunUnderTest({ command: "echo started", ports: [await freePort()] }, { table: faulty.table }).start();
    const asked = performance.now();
    assert.deepEqual(await test.run.stop(), { kind: "canceled", stop: { kind: "user" } });
    assert.ok(performance.now() - asked < 1000, `${performance.now() - asked} ms`);
    assert.deepEqual([test.output, test.kinds], ["", ["ended"]]);
  });

  it("is not taken for left by who ignores SIGTERM where it cannot be seen for a while", async function () {
    this.timeout(30_000);
    const port = await freePort();
    const holder = await stranger(port, 'process.on("SIGTERM", () => undefined)');
    const faulty = new FaultyTable();
    const signal = faulty.table.signal.bind(faulty.table);
    const table: ProcessTable = {
      ...faulty.table,
      async signal(info, name) {
        const sent = await signal(info, name);
        faulty.break(["listeners"], "EMFILE");
        setTimeout(() => faulty.heal(), 500);
        return sent;
      },
    };
    await new RunUnderTest({ command: "true", ports: [port] }, { askAboutPorts: user("stop").ask, table }).start().run.ended;
    assert.equal(holder.signalCode ?? (await once(holder, "exit"))[1], "SIGKILL");
  });

  it("is of many workers, of which the one that has started the others counts", async () => {
    const port = await freePort();
    const script = `$s = IO::Socket::INET->new(Listen => 5, LocalPort => ${port}) or die; $| = 1; $p = fork; if ($p) { $SIG{TERM} = sub { kill 9, $p; wait; exit }; print "up"; sleep 60 } else { sleep 60 }`;
    const master = spawn("perl", ["-MIO::Socket::INET", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(master);
    await once(master.stdout, "data");
    assert.equal((await thisTable.listeners([port])).length, 2);
    assert.deepEqual((await portHolders(thisTable, [port]))?.map((one) => one.process?.pid), [master.pid]);
    const gone = once(master, "exit");
    master.kill("SIGTERM");
    await gone;
  });
});

describe("A task that fails because its address is in use", () => {
  afterEach(async () => {
    await RunUnderTest.cleanUp();
    for (const child of children.splice(0)) if (child.kill("SIGKILL")) await once(child, "exit");
  });

  it("names who holds it, also where it does not name its ports", async () => {
    const port = await freePort();
    const holder = await stranger(port);
    const test = new RunUnderTest({ command: `node -e 'require("net").createServer().listen(${port})'`, args: undefined, stdio: "pty" }).start();
    assert.equal((await test.run.ended).kind, "exited");
    assert.match(linesOf(test), new RegExp(`its port was in use: port ${port} is held by .*\\(pid ${holder.pid}\\)`));
    assert.deepEqual(test.causes.map((cause) => cause.kind === "addressInUse" && cause.held.map((one) => one.process?.pid)), [[holder.pid]]);
  });

  it("says nothing of it when it has not failed, or was stopped", async () => {
    const test = new RunUnderTest({ command: "echo 'Address already in use'; exit 0" }).start();
    await test.run.ended;
    assert.ok(!test.kinds.includes("addressInUse"));
  });

  const texts: [string, string[], readonly number[] | undefined][] = [
    ["Node", ["Error: listen EADDRINUSE: address already in use :::3000"], [3000]],
    ["Node, with an address", ["Error: listen EADDRINUSE: address already in use 127.0.0.1:3001"], [3001]],
    ["Node, its properties", ["  code: 'EADDRINUSE',", "  errno: -98,", "  syscall: 'listen',", "  address: '::',", "  port: 3002"], [3002]],
    ["Go", ["2026/01/02 10:00:00 listen tcp :8080: bind: address already in use"], [8080]],
    ["Go, with an address", ["listen tcp 127.0.0.1:8081: bind: address already in use"], [8081]],
    ["uvicorn", ["ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use"], [8000]],
    ["Flask", ["Address already in use", "Port 5000 is in use by another program. Either identify and stop that program, or start the server with a different port."], [5000]],
    ["nginx", ["nginx: [emerg] bind() to 0.0.0.0:8088 failed (98: Address already in use)"], [8088]],
    ["puma", ["Address already in use - bind(2) for \"127.0.0.1\" port 3003 (Errno::EADDRINUSE)"], [3003]],
    ["Spring", ["Web server failed to start. Port 8082 was already in use."], [8082]],
    ["Vite", ["Error: Port 5173 is already in use"], [5173]],
    ["Docker", ["Bind for 0.0.0.0:5432 failed: port is already allocated."], [5432]],
    ["Python", ["OSError: [Errno 98] Address already in use"], []],
    ["Rust", ["Error: Os { code: 98, kind: AddrInUse, message: \"Address already in use\" }"], []],
    ["Python on Windows", ["OSError: [WinError 10048] on address ('127.0.0.1', 8001)"], [8001]],
    ["Rust on Windows, in another language", ["Nur eine Verwendung. (os error 10048)"], []],
    ["a mere number", ["ERROR: test 10048 failed", "at line 10048", "pid 10048"], undefined],
    ["nothing of the kind", ["Error: port 3000 has no page", "npm ERR! code ELIFECYCLE"], undefined],
  ];
  for (const [name, lines, ports] of texts) it(`is understood when it is said by ${name}`, () => assert.deepEqual(portsInUse(lines), ports));
});
