// Only on Windows, or under Wine: npm run test:windows. Who runs a command there, and what it is given.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RunUnderTest } from "../run/startedRun";
import { useWorld } from "./windows";

const SYSTEM = join(process.env["SystemRoot"] ?? "C:\\windows", "system32");
const NASTY = ["plain", "", "a b", "a&b", 'a"b', 'a" & echo gone', "a^b", "%PATH%", "%", "100%", "!PATH!", "a|b", "a>b<c", "(a)", "a;b,c=d", "--x=y", "C:\\dir\\", 'C:\\a b\\', '\\"', "it's", "grün", "*", "~"];

describe("A shell, on Windows", function () {
  this.timeout(30_000);
  const place = useWorld();

  async function output(task: Readonly<Record<string, unknown>>): Promise<string> {
    const test = new RunUnderTest(task, { table: place().world.table, containment: place().world.containment, folder: place().folder }).start();
    assert.deepEqual(await test.run.ended, { kind: "succeeded" }, test.output);
    return test.output;
  }

  /** A script that says what it was given, and its folder, with a blank. */
  function teller(): { readonly folder: string; readonly script: string } {
    const folder = join(place().folder, "my tools");
    const script = join(folder, "tell.js");
    mkdirSync(folder);
    writeFileSync(script, "console.log(JSON.stringify(process.argv.slice(2)))");
    return { folder, script };
  }

  for (const ending of ["cmd", "bat"]) {
    it(`runs a .${ending} file that a task names with args, and hands them on as they are`, async () => {
      const { folder } = teller();
      writeFileSync(join(folder, `shim.${ending}`), `@"${process.execPath}" "%~dp0tell.js" %*\r\n`);
      assert.deepEqual(JSON.parse(await output({ command: join(folder, `shim.${ending}`), args: NASTY })), NASTY);
      assert.deepEqual(JSON.parse(await output({ command: "shim", args: ["found", "in %PATH%"], env: { PATH: `${folder};${process.env["PATH"] ?? ""}` } })), ["found", "in %PATH%"]);
    });
  }

  it("runs a .cmd file that the task's own PATH has, where the inherited one is called Path", async () => {
    const { folder } = teller();
    writeFileSync(join(folder, "shim.cmd"), `@echo [%PATH%]\r\n@echo [%HTTP_PROXY%]\r\n`);
    const others = Object.entries(process.env).filter(([name]) => name.toUpperCase() !== "PATH");
    const environment = { ...Object.fromEntries(others), Path: process.env["PATH"], HTTP_PROXY: "http://x" };
    const test = new RunUnderTest({ command: "shim", args: [], env: { PATH: folder, http_proxy: null } }, { table: place().world.table, containment: place().world.containment, folder: place().folder, environment }).start();
    assert.deepEqual(await test.run.ended, { kind: "succeeded" }, test.output);
    assert.deepEqual(test.output.trim().split(/\r?\n/), [`[${folder}]`, "[]"]);
  });

  it("has the exit code of a .cmd file, which is in the job, and is ended with what it has started", async () => {
    const { folder } = teller();
    writeFileSync(join(folder, "seven.cmd"), "@exit /b 7\r\n");
    const seven = new RunUnderTest({ command: join(folder, "seven.cmd"), args: [] }, { table: place().world.table, containment: place().world.containment }).start();
    assert.deepEqual(await seven.run.ended, { kind: "exited", code: 7, stop: undefined });
    writeFileSync(join(folder, "long.cmd"), `@"${process.execPath}" -e "console.log('ready'); setTimeout(() => undefined, 60000)"\r\n`);
    const long = await new RunUnderTest({ command: join(folder, "long.cmd"), args: [], waitDelay: 500 }, { table: place().world.table, containment: place().world.containment }).ready();
    assert.deepEqual(long.run.snapshot().containment, { kind: "contained" });
    await long.run.kill();
    assert.deepEqual(long.run.snapshot().survivors, []);
  });

  it("refuses an argument with a line break for a .cmd file, and says why", async () => {
    const { folder } = teller();
    writeFileSync(join(folder, "x.cmd"), "@echo gone\r\n");
    const test = new RunUnderTest({ command: join(folder, "x.cmd"), args: ["a\nb"] }, { table: place().world.table, containment: place().world.containment }).start();
    const outcome = await test.run.ended;
    assert.equal(outcome.kind, "couldNotStart");
    assert.match(JSON.stringify(outcome), /line break/);
  });

  it("that is cmd.exe has a command and its args quoted, and %, ^ and && for itself", async () => {
    const { script } = teller();
    const task = { command: process.execPath, args: [{ value: script.replaceAll("%PATH%", "%PART%"), quoting: "strong" }, "a b", "%NAME%", "^&", '"c d"', "&&", "echo", "then"], shell: join(SYSTEM, "cmd.exe"), env: { PART: "%PATH%", NAME: "value" } };
    const [told, then] = (await output(task)).trim().split(/\r?\n/);
    assert.deepEqual(JSON.parse(told ?? ""), ["a b", "value", "&", "c d"]);
    assert.equal(then?.trim(), "then");
  });

  it("that is cmd.exe takes a line with VS Code's quotation marks around it as one without", async () => {
    const { folder, script } = teller();
    writeFileSync(join(folder, "..", "tell.js"), "console.log(JSON.stringify(process.argv.slice(2)))");
    const line = `"${process.execPath}" "${join(script, "..", "..", "tell.js")}" "a b"`;
    for (const command of [line, `"${line}"`]) assert.deepEqual(JSON.parse(await output({ command, shell: join(SYSTEM, "cmd.exe") })), ["a b"], command);
  });
});
