// What a Ctrl+C that is typed into a command's own terminal leads to.
import assert from "node:assert/strict";
import { PosixPty } from "../../../src/taskRunner/exec/posixPty";
import { RunUnderTest } from "./startedRun";

const LOOP = "while :; do sleep 0.02; done";
/** Not dash, which loses a SIGINT that comes while it is starting a program (by vfork), as the loop does all the time. */
const shell = "/bin/bash";
const NODE = { NODE: process.execPath, ELECTRON_RUN_AS_NODE: "1" };

const ask = Reflect.get(PosixPty.prototype, "interruptsUnseen");

/** The terminal is asked for its mode when the command has written this, as on a busy machine. */
function askAfter(test: RunUnderTest, text: string): void {
  PosixPty.prototype.interruptsUnseen = async function (this: PosixPty) {
    await test.until(() => test.output.includes(text));
    return await ask.call(this);
  };
}

function times(test: RunUnderTest, text: string): number {
  return test.output.split(text).length - 1;
}

describe("A Ctrl+C on a terminal", () => {
  before(function () {
    if (process.platform !== "linux") this.skip();
  });
  afterEach(() => {
    PosixPty.prototype.interruptsUnseen = ask;
    return RunUnderTest.cleanUp();
  });

  // It says that it goes on when its trap is over: a SIGINT that comes within that is lost.
  const ASKS = `trap 'echo "really?"; read -r answer; if [ "$answer" = y ]; then echo cleaned; exit 0; fi; no=1' INT; echo ready; while :; do sleep 0.02; if [ -n "$no" ]; then no=; echo goes on; fi; done`;

  it("that opens a question is not ignored: the answer is waited for", async () => {
    const test = await new RunUnderTest({ command: ASKS, shell, stdio: "pty", waitDelay: 100 }).ready();
    test.press("\x03");
    await test.until(() => test.output.includes("really?"));
    await test.interruptSettled();
    assert.equal(test.run.state.kind, "running");
    test.press("n\r");
    await test.until(() => test.output.includes("goes on"));
    test.press("\x03");
    await test.until(() => times(test, "really?") === 2);
    await test.interruptSettled();
    test.press("y\r");
    assert.deepEqual(await test.run.ended, { kind: "succeeded" });
    assert.deepEqual(test.kinds, ["ended"]);
  });

  it("that is a second one and finds the same question is ignored, and the run is stopped", async () => {
    const test = await new RunUnderTest({ command: `trap 'echo again' INT; echo ready; while :; do read -r answer; done`, stdio: "pty", waitDelay: 300 }).ready();
    test.press("\x03");
    await test.interruptSettled();
    assert.equal(test.run.state.kind, "running");
    test.press("\x03");
    await test.untilState("stopping");
    await test.run.ended;
    assert.equal(times(test, "again"), 2);
  });

  it("that is a second one is first the program's own", async () => {
    const program = "let n = 0; process.on('SIGINT', () => { if (++n === 2) process.exit(3) }); setInterval(() => 0, 1000); console.log('ready')";
    const test = await new RunUnderTest({ command: '$NODE -e "$PROGRAM"', env: { ...NODE, PROGRAM: program }, stdio: "pty", waitDelay: "1h" }).ready();
    test.press("\x03");
    await test.untilState("stopping");
    test.press("\x03");
    assert.deepEqual(await test.run.ended, { kind: "exited", code: 3, stop: { kind: "interrupted" } });
    assert.ok(!test.kinds.includes("killed"));
  });

  it("that is a second one leaves a program that handles it the time for its clean-up, and a third one does not", async () => {
    const command = `trap 'echo cleaning up; sleep 1; echo cleaned; exit 0' INT; echo ready; ${LOOP}`;
    const test = await new RunUnderTest({ command, shell, stdio: "pty", waitDelay: "1h" }).ready();
    test.press("\x03");
    test.press("\x03");
    assert.deepEqual(await test.run.ended, { kind: "canceled", stop: { kind: "interrupted" } });
    assert.ok(test.output.includes("cleaned\r\n"), test.output);
    const hanging = await new RunUnderTest({ command: `trap 'echo cleaning up' INT; echo ready; ${LOOP}`, shell, stdio: "pty", waitDelay: "1h" }).ready();
    hanging.press("\x03");
    await hanging.untilState("stopping");
    hanging.press("\x03");
    await hanging.interruptSettled();
    await hanging.interruptSettled();
    assert.equal(hanging.run.state.kind, "stopping");
    hanging.press("\x03");
    assert.equal((await hanging.run.ended).kind, "signaled");
  });

  for (const [what, launcher, mode] of [
    ["in its group", "", "sane"],
    ["in a session of its own", "setsid ", "sane"],
    ["on a terminal that does not show keys", "", "-echo"],
    ["on a terminal that shows the key as it is", "", "-echoctl"],
  ]) it(`that is a second one leaves its clean-up to what has outlived the command ${what}, and does not ask it again`, async () => {
    const app = "process.on('SIGINT', () => { console.log('was asked'); setTimeout(() => { console.log('cleaned'); process.exit(); }, 1000); }); setInterval(() => 0, 1000); console.log('ready')";
    const test = await new RunUnderTest({ command: `stty ${mode}; trap 'exit 0' INT; ${launcher}$NODE -e "$APP" & wait`, env: { ...NODE, APP: app }, stdio: "pty", waitDelay: "1h" }).ready();
    test.press("\x03");
    await test.untilState("draining");
    await test.interruptSettled();
    test.press("\x03");
    assert.deepEqual(await test.run.ended, { kind: "canceled", stop: { kind: "interrupted" } });
    assert.deepEqual([times(test, "was asked\r\n"), times(test, "cleaned\r\n"), test.kinds.includes("killed")], [1, 1, false]);
  });

  const READER = `exec $NODE -e "$KEYS"`;
  const GIVE_BACK = "process.stdin.setRawMode(false); console.log('given back')";
  for (const [what, keys, leader, end = "process.exit(0)", late = ""] of [
    ["ends of a key that it reads itself", 1, READER],
    ["shows a key that it reads itself, as ssh does, and ends of it", 1, READER, `setTimeout(() => { process.stdout.write("^C\\r\\n"); process.exit(0); }, 100)`],
    ["reads the keys itself, gives the terminal its mode back, and ends later,", 1, READER, `${GIVE_BACK}; setTimeout(() => process.exit(0), 120)`, "given back"],
    ["reads the keys itself, and has taken one already,", 2, READER],
    ["leaves its terminal without signals", 1, "stty -icanon -isig; echo ready; dd bs=1 count=1 >/dev/null 2>&1; exit 0"],
  ] as const) it(`asks what a command that ${what} has left: there was no SIGINT`, async () => {
    const app = "process.on('SIGINT', () => { console.log('was asked'); setTimeout(() => { console.log('cleaned'); process.exit(); }, 500); }); setInterval(() => 0, 1000); console.log('app up')";
    const reader = `let n = 0; process.stdin.setRawMode(true).on('data', (data) => { if ((n += data.length) === ${keys}) { ${end}; } }); console.log('ready')`;
    const test = await new RunUnderTest({ command: `$NODE -e "$APP" & ${leader}`, env: { ...NODE, APP: app, KEYS: reader }, stdio: "pty", waitDelay: 2000 }).ready();
    await test.until(() => test.output.includes("app up"));
    askAfter(test, late);
    for (let key = 1; key < keys; key++) {
      test.press("\x03");
      await test.interruptSettled();
      assert.equal(test.run.state.kind, "running");
    }
    test.press("\x03");
    await test.untilState("draining");
    await test.interruptSettled();
    test.press("\x03");
    await test.run.ended;
    assert.deepEqual([times(test, "was asked"), times(test, "cleaned"), test.kinds.includes("killed")], [1, 1, false]);
  });

  it("asks a command that has ignored it because its program has read the key itself", async () => {
    const reader = `process.stdin.setRawMode(true).on('data', () => { ${GIVE_BACK}; process.exit(0); }); console.log('ready')`;
    const test = await new RunUnderTest({ command: `trap 'echo was asked; exit 0' INT; $NODE -e "$KEYS"; ${LOOP}`, shell, env: { ...NODE, KEYS: reader }, stdio: "pty", waitDelay: 2000 }).ready();
    askAfter(test, "given back");
    test.press("\x03");
    await test.run.ended;
    assert.deepEqual([times(test, "was asked"), test.kinds.includes("killed")], [1, false]);
  });

  it("asks what a command has left that has taken an earlier one for its own", async () => {
    const app = "let n = 0; process.on('SIGINT', () => { console.log('was asked'); if (++n === 2) process.exit(); }); setInterval(() => 0, 1000); console.log('app up')";
    const command = `$NODE -e "$APP" & trap 'echo "end?"; read -r answer; exit 0' INT; echo ready; ${LOOP}`;
    const test = await new RunUnderTest({ command, shell, env: { ...NODE, APP: app }, stdio: "pty", waitDelay: 2000 }).ready();
    await test.until(() => test.output.includes("app up"));
    test.press("\x03");
    await test.until(() => test.output.includes("end?"));
    await test.interruptSettled();
    assert.equal(test.run.state.kind, "running");
    test.press("y\r");
    await test.untilState("draining");
    test.press("\x03");
    await test.run.ended;
    assert.deepEqual([times(test, "was asked"), test.kinds.includes("killed")], [2, false]);
  });

  it("that is a second one kills in the end what handles it and goes on", async () => {
    const test = await new RunUnderTest({ command: `trap 'echo cleaning up' INT; echo ready; ${LOOP}`, shell, stdio: "pty", waitDelay: "1h" }).ready();
    test.press("\x03");
    test.press("\x03");
    assert.equal((await test.run.ended).kind, "signaled");
  });
});
