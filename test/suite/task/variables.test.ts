import assert from "node:assert/strict";
import { InputCanceled, mergedByVSCode, VariableError, Variables } from "../../../src/taskRunner/task/variables";
import { valueOf, type VariableFacts } from "../../../src/taskRunner/task/variableValues";

describe("the variables that VS Code has left to us", () => {
  const asked: string[] = [];
  const lookup = (inner: string): Promise<string | undefined> => {
    asked.push(inner);
    return Promise.resolve(inner === "HOME" ? undefined : `<${inner}>`);
  };

  beforeEach(() => asked.splice(0));

  it("are looked up wherever they stand, each once", async () => {
    const variables = new Variables([], {}, lookup);
    const raw = { command: "${a} ${b:c}", list: ["${a}", 1, null, { deep: "x${a}y" }], rest: true };
    assert.deepEqual(await variables.resolve(raw), { command: "<a> <b:c>", list: ["<a>", 1, null, { deep: "x<a>y" }], rest: true });
    assert.deepEqual(asked, ["a", "b:c"]);
  });

  it("are not looked up where VS Code has resolved them elsewhere in the task", async () => {
    const definition = { command: "run ${input:port}", env: { A: "${input:name}/${input:port}" } };
    const variables = new Variables([definition], { command: "run 3000", env: { A: "api/3000" } }, lookup);
    assert.deepEqual(await variables.resolve({ ...definition, cwd: "${input:port}", other: "${input:name}" }), {
      command: "run 3000",
      env: { A: "api/3000" },
      cwd: "3000",
      other: "<input:name>",
    });
    assert.deepEqual(asked, ["input:name"]);
  });

  it("stay as they are where they are a shell's", async () => {
    assert.equal(await new Variables([], {}, lookup).resolve("${HOME} $HOME ${a} ${"), "${HOME} $HOME <a> ${");
  });

  it("are known by whichever platform's block VS Code has put over the task", async () => {
    const definition = { command: "a", options: { cwd: "${x}" }, linux: { command: "b ${x}" }, windows: { command: "c ${x}" } };
    const variables = new Variables(mergedByVSCode(definition), { command: "c 1", options: { cwd: "1" } }, lookup);
    assert.equal(await variables.resolve("b ${x}"), "b 1");
    assert.deepEqual(asked, []);
  });

  it("are not guessed from what does not fit", async () => {
    const variables = new Variables([{ command: "a ${x} b" }], { command: "something else" }, lookup);
    assert.equal(await variables.resolve("${x}"), "<x>");
  });

  it("take no time that grows with their number", async () => {
    const raw = { command: Array.from({ length: 30 }, () => "${x}").join(" ") };
    const began = performance.now();
    const variables = new Variables([raw], { command: `${"a ".repeat(3000)}b` }, lookup);
    await variables.resolve(raw);
    assert.ok(performance.now() - began < 1000);
  });

  it("pass on that the user was asked in vain", async () => {
    const variables = new Variables([], {}, () => Promise.reject(new InputCanceled("${input:x}")));
    await assert.rejects(variables.resolve({ a: ["${input:x}"] }), InputCanceled);
  });
});

describe("the value of a variable", () => {
  const api = { name: "api", path: "/ws/api" };
  const facts: VariableFacts = {
    folder: api,
    folders: [api, { name: "web", path: "/ws/web" }],
    editor: { path: "/ws/api/src/a.test.ts", folder: api, line: 3, column: 7, selectedText: "text" },
    home: "/home/me",
    execPath: "/opt/node",
    environment: { A: "1" },
  };

  const values: [string, string | undefined][] = [
    ["workspaceFolder", "/ws/api"],
    ["workspaceFolder:web", "/ws/web"],
    ["workspaceFolderBasename", "api"],
    ["workspaceFolderBasename:web", "web"],
    ["cwd", "/ws/api"],
    ["userHome", "/home/me"],
    ["execPath", "/opt/node"],
    ["env:A", "1"],
    ["env:NONE", ""],
    ["file", "/ws/api/src/a.test.ts"],
    ["fileBasename", "a.test.ts"],
    ["fileBasenameNoExtension", "a.test"],
    ["fileExtname", ".ts"],
    ["fileDirname", "/ws/api/src"],
    ["fileDirnameBasename", "src"],
    ["fileWorkspaceFolder", "/ws/api"],
    ["fileWorkspaceFolderBasename", "api"],
    ["relativeFile", "src/a.test.ts"],
    ["relativeFile:web", "../api/src/a.test.ts"],
    ["relativeFileDirname", "src"],
    ["lineNumber", "3"],
    ["columnNumber", "7"],
    ["selectedText", "text"],
    ["pathSeparator", "/"],
    ["/", "/"],
    ["HOME", undefined],
    ["fileNothing", undefined],
    ["HOME:-none", undefined],
  ];
  it("is what VS Code gives it", function () {
    if (process.platform === "win32") return this.skip();
    assert.deepEqual(values.map(([inner]) => [inner, valueOf(inner, facts)]), values);
  });

  const without = { ...facts, folder: undefined, folders: [], editor: undefined };
  const problems: [string, VariableFacts, string][] = [
    ["workspaceFolder", without, "${workspaceFolder} has no value, because no folder is open."],
    ["workspaceFolder:db", facts, '${workspaceFolder:db} has no value, because no folder of the workspace is called "db".'],
    ["file", without, "${file} has no value, because no file is open in the active editor."],
    ["fileWorkspaceFolder", { ...facts, editor: { path: "/tmp/x", folder: undefined, line: 1, column: 1, selectedText: "" } }, '${fileWorkspaceFolder} has no value, because "/tmp/x" is in no folder of the workspace.'],
  ];
  for (const [inner, around, message] of problems) {
    it(`is missing for a reason that is told: ${message}`, () => {
      assert.throws(() => valueOf(inner, around), (error) => error instanceof VariableError && error.message === message);
    });
  }
});
