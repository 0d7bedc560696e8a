// What a command writes and then exits reaches its terminal, all of it: with the real screen behind it, shown or not.
import assert from "node:assert/strict";
import { join } from "node:path";
import * as vscode from "vscode";
import { RunTerminal } from "../../../src/taskRunner/terminal/runTerminal";
import { projectRoot } from "../../vscode/projectRoot";
import { RunUnderTest } from "../run/startedRun";
import { TaskRun } from "../../../src/taskRunner/run/taskRun";

const MEGABYTES = 20;
const ROUNDS = Number(process.env["CANCELLABLE_TASKS_ROUNDS"] ?? 1);

/** Runs the program in a terminal of VS Code. @returns what was written to that */
async function written(stdio: string, shown: boolean): Promise<string> {
  let text = "";
  const begin = (terminal: RunTerminal): TaskRun => {
    const definition = { command: process.execPath, args: [join(projectRoot, "test/programs/bytes.mjs"), String(MEGABYTES)], stdio, env: { ELECTRON_RUN_AS_NODE: "1" } };
    return new RunUnderTest(definition, { output: terminal }).run;
  };
  const pty = new RunTerminal(begin);
  pty.onDidWrite((part) => (text += part));
  const closed = new Promise<number>((resolve) => pty.onDidClose(resolve));
  const other = shown ? undefined : vscode.window.createTerminal("another one");
  const terminal = vscode.window.createTerminal({ name: "every byte", pty });
  // A terminal that was never shown is not opened.
  terminal.show(true);
  other?.show(true);
  assert.equal(await closed, 0);
  terminal.dispose();
  other?.dispose();
  return text;
}

/** Each stream's lines in their order, without a gap; and as many as the last line says. */
function check(text: string): void {
  const next: Record<string, number> = { o: 0, e: 0 };
  const sequences = new RegExp(String.raw`${"\x1b"}(\[[?\d;]*(\$p|[a-zA-Z])|\][^${"\x07"}]*${"\x07"})`, "g");
  const lines = text.replace(sequences, "").split("\r\n");
  for (const line of lines) {
    const [, stream, number, filling] = /^([oe])(\d+) (x*)$/.exec(line) ?? [];
    if (stream === undefined || number === undefined) continue;
    const expected = next[stream] ?? NaN;
    assert.equal(Number(number), expected, `${stream}${number} instead of ${stream}${expected}`);
    assert.equal(filling?.length, (expected + 1) % 80, line);
    next[stream] = expected + 1;
  }
  const last = lines.find((line) => line.startsWith("lines "));
  assert.equal(last, `lines ${next["o"]} ${next["e"]}`);
  assert.equal(lines.filter((line) => line !== "" && !/^([oe]\d+ x*|lines \d+ \d+|● (executing|succeeded after) .*)$/.test(line)).join("|"), "");
}

describe("Every byte of 20 MB that are written before an exit", () => {
  afterEach(() => RunUnderTest.cleanUp());

  for (const stdio of ["pipe", "pty"]) {
    for (const shown of [true, false]) {
      it(`reaches the terminal, in order, with "stdio": "${stdio}", ${shown ? "shown" : "hidden"}`, async function () {
        this.timeout(60_000 * ROUNDS);
        for (let i = 0; i < ROUNDS; i++) check(await written(stdio, shown));
      });
    }
  }
});
