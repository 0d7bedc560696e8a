import assert from "node:assert/strict";
import fc from "fast-check";
import { findingsIn } from "../../../src/taskRunner/task/findings";

/** The places and severities of what is found. */
function placesIn(task: Record<string, unknown>): string[] {
  return findingsIn(task).map(({ path, severity }) => `${severity} ${path.join(".")}`);
}

function only(task: Record<string, unknown>): string {
  const [first, ...rest] = findingsIn(task);
  assert.ok(first !== undefined && rest.length === 0, JSON.stringify([first, ...rest]));
  return `${first.message} ${first.suggestion}`;
}

describe("what is found in a task before it runs", () => {
  it("is a command line that has args, and so is one program's name", () => {
    assert.equal(
      only({ command: "npm run lint", args: ["--fix"] }),
      '"command" is "npm run lint", but with "args" and without "shell" it is the name of one program, blanks included. Write "command": "npm" and put "run", "lint" at the start of "args".',
    );
    assert.deepEqual(placesIn({ command: "./gradlew build", args: ["--info"] }), ["warning command"]);
  });

  it("is a command line whose words are only put apart where that is certain", () => {
    const fixes = (task: Record<string, unknown>): unknown[] => findingsIn(task).map(({ fix }) => fix);
    const split = (...at: string[]): unknown => [
      { path: [...at, "command"], value: "npm" },
      { path: [...at, "args"], first: ["run", "a"] },
    ];
    assert.deepEqual(fixes({ command: "npm run a", args: ["b"] }), [split()]);
    assert.deepEqual(fixes({ command: "npm run a", args: ["b"], linux: { args: ["c"] } }), [undefined]);
    assert.deepEqual(fixes({ command: "x", args: ["b"], linux: { command: "npm run a" } }), [undefined]);
    assert.deepEqual(fixes({ command: "x", args: ["b"], linux: { command: "npm run a", args: ["c"] } }), [split("linux")]);
    for (const command of ["sh -c 'a b'", "a && b", "cat *.txt", "echo $HOME"]) {
      assert.deepEqual(fixes({ command, args: ["c"] }), [undefined], command);
      assert.match(only({ command, args: ["c"] }), /write the whole line in "command" and remove "args"/);
    }
  });

  it("is not a command line without args or with a shell, nor a path with blanks", () => {
    for (const task of [{ command: "npm run lint" }, { command: "npm run lint", args: [] }, { command: "npm run lint", args: ["--fix"], shell: true }, { command: "/opt/my app/run", args: ["a"] }, { command: "C:\\Program Files\\app.exe", args: ["a"] }]) {
      assert.deepEqual(placesIn(task), [], JSON.stringify(task));
    }
  });

  const forShells: [string, string][] = [
    ["$HOME", "the variable is not replaced"],
    ["--dir=${HOME}", "the variable is not replaced"],
    ["%USERPROFILE%", "the variable is not replaced"],
    ["&&", "the program gets it as an argument"],
    ["2>&1", "the program gets it as an argument"],
    [">", "the program gets it as an argument"],
    ["$(date)", "nothing is run in its place"],
    ["~/src", "it is not replaced by the home folder"],
  ];
  for (const [arg, what] of forShells) {
    it(`is what only a shell makes something of: ${arg}`, () => {
      assert.equal(
        only({ command: "echo", args: ["a", arg] }),
        `"args[1]" is ${JSON.stringify(arg)}, but no shell runs this command: ${what}. Add "shell": true to have it as in a shell task, or "shell": false if it is meant as it stands.`,
      );
    });
  }

  it("is nothing in a variable that VS Code replaces, and still is what stands beside it", () => {
    const variables = ["workspaceFolder", "workspaceFolder:api", "workspaceFolderBasename", "file", "fileBasenameNoExtension", "fileDirname", "relativeFile", "lineNumber", "userHome", "cwd", "execPath", "pathSeparator", "defaultBuildTask", "env:HOME", "config:a.b", "input:x", "command:y"];
    for (const name of variables) assert.deepEqual(placesIn({ command: "node", args: [`\${${name}}`, `--in=\${${name}}/src`] }), [], name);
    assert.deepEqual(placesIn({ command: "node", args: ["${workspaceFolder}/${HOME}", "--in=${fileNot}"] }), ["warning args.0", "warning args.1"]);
  });

  it("is only a hint for a pattern, which many programs match themselves", () => {
    assert.deepEqual(placesIn({ command: "eslint", args: ["src/**/*.ts"] }), ["hint args.0"]);
  });

  it("is nothing in what a program may well mean as it stands", () => {
    const args = ["foo$", "$1", "^a|b$", "{print $1}", "echo $HOME && ls", "a&b", "x=1;y", "http://x/?a=1&b=2", "{}", ";x", "100%"];
    assert.deepEqual(placesIn({ command: "grep", args }).filter((place) => place.startsWith("warning")), []);
    assert.deepEqual(placesIn({ command: "bash", args: ["-c", "$CMD"] }), []);
    assert.deepEqual(placesIn({ command: "echo", args: ["$HOME", "&&", "*.ts"], shell: false }), []);
  });

  it("is nothing for a shell, which knows what to make of it", () => {
    for (const task of [{ shell: true }, { shell: "zsh" }, { options: { shell: { executable: "bash" } } }]) {
      assert.deepEqual(placesIn({ command: "echo", args: ["$HOME", "&&", "*.ts"], ...task }), []);
    }
  });

  it("is a quotation mark that a shell would wait for", () => {
    assert.deepEqual(findingsIn({ command: "echo", shell: true, args: ["it's"] })[0]?.fix, [{ path: ["args", 0], value: { value: "it's", quoting: "strong" } }]);
    assert.deepEqual(placesIn({ command: "echo", shell: true, args: ["'it is'", "it\\'s", { value: "it's", quoting: "strong" }] }), []);
  });

  it("is a sequence of dependencies, which VS Code does not keep for us", () => {
    assert.match(only({ command: "x", dependsOn: ["a", "b"], dependsOrder: "sequence" }), /^"dependsOrder" is "sequence", but VS Code heeds that only for its own task types/);
    assert.deepEqual(placesIn({ command: "x", dependsOn: ["a"], dependsOrder: "sequence" }), []);
    assert.deepEqual(placesIn({ command: "x", dependsOn: ["a", "b"], dependsOrder: "parallel" }), []);
  });

  it("is what is said twice, in two ways", () => {
    const task = { command: "x", cwd: "a", env: { A: "1", B: "1" }, shell: "bash", options: { cwd: "b", env: { A: "2", B: "1" }, shell: { executable: "zsh" } } };
    assert.deepEqual(placesIn(task), ["warning options.cwd", "warning options.env.A", "warning options.shell"]);
  });

  it("is a variable of a shell in what no shell reads, and nothing in what may well be meant", () => {
    for (const task of [{ cwd: "$HOME/a" }, { options: { env: { PATH: "%PATH%;C:\\x" } } }, { env: { A: "${HOME}" } }]) assert.equal(placesIn({ command: "x", ...task }).length, 1, JSON.stringify(task));
    for (const task of [{ cwd: "src/$lib" }, { cwd: "$lib" }, { cwd: "~user" }, { env: { PASSWORD: "$ecret$", FORMAT: "%LEVEL%", PATH: "/a:$GOBIN", PS1: "\\u$ " } }]) assert.deepEqual(placesIn({ command: "x", ...task }), [], JSON.stringify(task));
    assert.deepEqual(placesIn({ command: "~/x y" }), []);
  });

  it("stands in a platform's block where that is what brings it in", () => {
    assert.deepEqual(placesIn({ command: "echo", args: ["a"], linux: { args: ["$HOME"] }, windows: { command: "echo a" } }), ["warning windows.command", "warning linux.args.0"]);
  });

  it("never throws, whatever stands in tasks.json", () => {
    const property = fc.constantFrom("command", "args", "cwd", "env", "shell", "options", "linux", "windows", "dependsOn", "dependsOrder");
    fc.assert(fc.property(fc.dictionary(property, fc.jsonValue()), (task) => void findingsIn(task)));
  });
});
