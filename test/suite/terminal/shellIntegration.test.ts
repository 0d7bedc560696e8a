import assert from "node:assert/strict";
import fc from "fast-check";
import { commandFinished, commandLineStart, commandOutputStart } from "../../../src/taskRunner/terminal/shellIntegration";
import { ScreenState } from "../../../src/taskRunner/terminal/screenState";

/** Reads the sequences as VS Code does: each is cut at its semicolons, and then its \\xHH are read. */
function read(text: string): string[][] {
  // eslint-disable-next-line no-control-regex
  const sequences = [...text.matchAll(/\x1b\]633;([^\x07\x1b\x9c]*)\x07/g)];
  assert.equal(sequences.map(([whole]) => whole).join(""), text, "nothing but whole sequences");
  const unescaped = (part: string): string =>
    part.replaceAll(/\\(\\|x([0-9a-f]{2}))/gi, (_match, which: string, hex: string | undefined) => (hex === undefined ? which : String.fromCharCode(Number.parseInt(hex, 16))));
  return sequences.map(([, inside = ""]) => inside.split(";").map(unescaped));
}

describe("The marks of a command in its terminal", () => {
  it("give VS Code the directory in which links are looked for, whatever characters it has", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (directory) => {
        assert.deepEqual(read(commandLineStart(directory)), [["A"], ["P", "Task=True"], ["P", `Cwd=${directory}`], ["B"]]);
      }),
    );
  });

  it("give VS Code the command line, in its lines", () => {
    assert.deepEqual(read(commandOutputStart("echo a; \\\n  echo b")), [["E", "echo a; \\\n  echo b"], ["C"]]);
  });

  it("hand over no command line that does anything but read as it is", () => {
    assert.deepEqual(read(commandOutputStart("echo \x1b[31m\u202etxt\x9c")), [["E", "echo \\x1b[31m\\u202etxt\\x9c"], ["C"]]);
  });

  it("leave out a command line that is too long to be kept", () => {
    assert.deepEqual(read(commandOutputStart("x".repeat(10_001))), [["C"]]);
  });

  it("tell success, failure, and the end of a command that was stopped, which is neither", () => {
    assert.deepEqual(read(commandFinished(0) + commandFinished(3) + commandFinished(undefined)), [["D", "0"], ["D", "3"], ["D"]]);
  });

  it("leave the screen's state as it was", () => {
    const screen = new ScreenState();
    screen.feed(commandLineStart("/srv") + commandOutputStart("make") + commandFinished(undefined));
    assert.deepEqual([screen.inside, screen.atLineStart, screen.toRowStart(), screen.restore()], [false, true, "", ""]);
  });
});
