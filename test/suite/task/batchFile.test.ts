// How batch files (npm.cmd) are run. That cmd.exe takes the lines apart so is tried in test/suite/windows/shells.test.ts.
import assert from "node:assert/strict";
import fc from "fast-check";
import { isBatchFile } from "../../../src/taskRunner/base/commandLine";
import { batchCall, hasLineBreak } from "../../../src/taskRunner/task/batchFile";

const lineFor = (program: string, ...args: string[]): string | undefined => batchCall(program, args, { SystemRoot: "C:\\Windows" }).args.at(-1);

describe("a batch file", () => {
  it("is known by its name, however it is written", () => {
    for (const name of ["npm.cmd", "C:\\x\\NPM.CMD", "a.bat", "a.bat. .", "a.b.Bat "]) assert.ok(isBatchFile(name), name);
    for (const name of ["npm", "cmd.exe", "a.cmd.exe", "a.cmdx", "acmd", "a.cmd/b"]) assert.ok(!isBatchFile(name), name);
  });

  it("is run by the system's cmd.exe, without AutoRun and delayed expansion, whatever %ComSpec% says", () => {
    const { program, args } = batchCall("C:\\Program Files\\nodejs\\npm.cmd", ["run", "dev"], { SystemRoot: "D:\\Win", ComSpec: "C:\\tcc.exe" });
    assert.match(program, /^D:\\Win[\\/]System32[\\/]cmd\.exe$/);
    assert.deepEqual(args, ["/d", "/e:on", "/v:off", "/s", "/c", '""C:\\Program Files\\nodejs\\npm.cmd" run dev"']);
  });

  const cases: [string, string][] = [
    ["--port=3000", '"--port=3000"'],
    ["", '""'],
    ["a b", '"a b"'],
    ["a&calc", '"a&calc"'],
    ["a^b", '"a^b"'],
    ['a" & calc', '"a"" & calc"'],
    ['a\\"b\\', '"a\\\\""b\\\\"'],
    ["C:\\dir\\", '"C:\\dir\\\\"'],
    ["%PATH%", '"%%cd:~,%PATH%%cd:~,%"'],
    ["!PATH!", '"!PATH!"'],
    ["src/*.ts", "src/*.ts"],
    ["it's", '"it\'s"'],
    ["grün", '"grün"'],
  ];
  for (const [arg, expected] of cases) {
    it(`is given ${JSON.stringify(arg)} as ${expected}`, () => {
      assert.equal(lineFor("x.cmd", arg), `""x.cmd" ${expected}"`);
    });
  }

  it("is given no argument that ends the quotation marks around it, or has a variable", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", " ", '"', "\\", "%", "^", "&", "|", "<", ">", "(", ")", "!", "=", ";", ",") })), (args) => {
        const line = (lineFor("C:\\a %b%.cmd", ...args) ?? "").slice(1, -1).replaceAll("%%cd:~,%", "\0");
        assert.ok(!line.includes("%"), line);
        let isQuoted = false;
        for (const character of line) {
          if (character === '"') isQuoted = !isQuoted;
          else if (!isQuoted) assert.match(character, /[a\\ ]/, line);
        }
        assert.ok(!isQuoted, line);
      }),
    );
  });

  it("cannot be given a line break", () => {
    assert.deepEqual(["a\nb", "a\r", "a b"].map(hasLineBreak), [true, true, false]);
  });
});
