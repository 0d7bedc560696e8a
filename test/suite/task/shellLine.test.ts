import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { readPart, type CommandPart } from "../../../src/taskRunner/task/commandPart";
import { shellLine, type ShellFamily } from "../../../src/taskRunner/task/shellLine";

describe("the line for a shell", () => {
  const cases: [ShellFamily, CommandPart, CommandPart[], string][] = [
    ["posix", "echo a  b", [], "echo a  b"],
    ["posix", "echo", ["a", "b c", "$HOME", "*.ts", "&&", "ls"], "echo a 'b c' $HOME *.ts && ls"],
    ["posix", "echo", ['"b c"', "'b c'", 'a"b c"', "b\\ c"], "echo \"b c\" 'b c' a\"b c\" 'b\\ c'"],
    ["posix", "/opt/my app/run", ["x"], "'/opt/my app/run' x"],
    ["posix", { value: "/opt/my app/run", quoting: "strong" }, [], "'/opt/my app/run'"],
    ["posix", "echo", [{ value: "$A b'c\"", quoting: "escape" }], "echo $A\\ b\\'c\\\""],
    ["posix", "echo", [{ value: "$A b", quoting: "weak" }], 'echo "$A b"'],
    ["posix", "echo", [{ value: "it's $A", quoting: "strong" }], "echo 'it'\\''s $A'"],
    ["fish", "echo", [{ value: "it's", quoting: "strong" }], "echo 'it\\'s'"],
    ["powershell", "Write-Output", ["a b", { value: "it's", quoting: "strong" }, { value: "(a) b", quoting: "escape" }, { value: "$A", quoting: "weak" }], "Write-Output 'a b' 'it''s' `(a`)` b \"$A\""],
    ["powershell", "C:\\my tools\\x.exe", ["-v"], "& 'C:\\my tools\\x.exe' -v"],
    ["cmd", "C:\\my tools\\x.exe", ["a b", "%A%", { value: "c d", quoting: "escape" }], '"C:\\my tools\\x.exe" "a b" %A% c d'],
  ];
  for (const [family, command, args, line] of cases) {
    it(`is made as VS Code makes it: ${family}: ${line}`, () => {
      assert.equal(shellLine(family, command, args), line);
    });
  }

  it("is quoted by the task's own rules where it has some", () => {
    const rules = { escape: "^", strong: "|", weak: '"' };
    const args: CommandPart[] = ["a b", { value: "a b", quoting: "escape" }, { value: "a|b", quoting: "strong" }];
    assert.equal(shellLine("posix", "x", args, rules), "x |a b| a^ b |a|b|");
  });

  it("hands every text that is quoted strongly to a program as it is", function () {
    if (process.platform === "win32") return this.skip();
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }).filter((text) => !text.includes("\0")), { minLength: 1, maxLength: 4 }), (texts) => {
        const line = shellLine("posix", "printf", ["%s\\0", ...texts].map((value) => ({ value, quoting: "strong" }) as const));
        const { stdout } = spawnSync("/bin/sh", ["-c", line], { encoding: "utf8" });
        assert.deepEqual(stdout.split("\0").slice(0, -1), texts.map((text) => Buffer.from(text).toString()));
      }),
      { numRuns: 20 },
    );
  });
});

describe("a part of a command in tasks.json", () => {
  it("is a string, a list of strings, or one of them with its quoting", () => {
    const parts: [unknown, CommandPart | undefined][] = [
      ["a", "a"],
      [["a", "b"], "a b"],
      [{ value: "a", quoting: "weak" }, { value: "a", quoting: "weak" }],
      [{ value: ["a", "b"], quoting: "escape" }, { value: "a b", quoting: "escape" }],
      [{ value: "a" }, { value: "a", quoting: "strong" }],
      [{ value: "a", quoting: "odd" }, { value: "a", quoting: "strong" }],
      [3, undefined],
      [null, undefined],
      [[], undefined],
      [{ quoting: "weak" }, undefined],
    ];
    assert.deepEqual(parts.map(([value]) => readPart(value)), parts.map(([, part]) => part));
  });
});
