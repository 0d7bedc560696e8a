import assert from "node:assert/strict";
import { parse } from "jsonc-parser";
import { addTasks, uniqueLabel } from "../../../src/tasksJson/addTasks";
import { choicesIn, editsFor, newIn } from "../../../src/tasksJson/choices";
import { packageScripts } from "../../../src/tasksJson/detect/packageScripts";
import { parseTasks } from "../../../src/tasksJson/tasksDocument";
import { applyEdits } from "../../../src/tasksJson/textEdits";

const style = { indent: "\t", eol: "\n" };
const task = { type: "cancellable", label: "a", command: "npm", args: ["run", "dev"], problemMatcher: [] };

function added(text: string, isWorkspaceFile = false, tasks: readonly Record<string, unknown>[] = [task]): string {
  const edits = addTasks(parseTasks(text, isWorkspaceFile), tasks, style);
  assert.ok(edits);
  const after = applyEdits(text, edits);
  assert.deepEqual(parseTasks(after, isWorkspaceFile).syntaxErrors, []);
  return after;
}

describe("a task added to tasks.json", () => {
  it("makes the file where there is none", () => {
    assert.equal(added(""), '{\n\t"version": "2.0.0",\n\t"tasks": [\n\t\t{\n\t\t\t"type": "cancellable",\n\t\t\t"label": "a",\n\t\t\t"command": "npm",\n\t\t\t"args": ["run", "dev"],\n\t\t\t"problemMatcher": []\n\t\t}\n\t]\n}\n');
  });

  it("follows the others, indented as they are, before a trailing comma", () => {
    const text = '{\r\n  "version": "2.0.0",\r\n  "tasks": [\r\n    // one\r\n    { "label": "x" }, // last\r\n  ],\r\n}\r\n';
    assert.equal(
      added(text, false, [{ label: "b" }, { label: "c" }]),
      '{\r\n  "version": "2.0.0",\r\n  "tasks": [\r\n    // one\r\n    { "label": "x" },\r\n    {\r\n      "label": "b"\r\n    },\r\n    {\r\n      "label": "c"\r\n    }, // last\r\n  ],\r\n}\r\n',
    );
  });

  const others: [title: string, text: string, isWorkspaceFile?: boolean][] = [
    ["into an empty list", '{ "version": "2.0.0", "tasks": [] }'],
    ["into a list with only a comment", '{\n    "version": "2.0.0",\n    "tasks": [\n        // none yet\n    ]\n}'],
    ["into a file without a list", '{\n  "version": "2.0.0"\n}'],
    ["into a file without anything", "{}"],
    ["into a file without a version", '{ "inputs": [] }'],
    ["into a file with only a comment", "// tasks"],
    ["into a file on one line", '{"version":"2.0.0","tasks":[{"label":"x"}]}'],
    ["into a workspace file without tasks", '{\n\t"folders": [{ "path": "." }],\n}', true],
    ["into a workspace file with tasks", '{ "folders": [], "tasks": { "version": "2.0.0", "tasks": [{ "label": "x" }] } }', true],
    ["into a workspace file with an empty object", '{ "folders": [], "tasks": {} }', true],
  ];
  for (const [title, text, isWorkspaceFile = false] of others) {
    it(`is the last one of the list, and the rest stays: ${title}`, () => {
      const after = added(text, isWorkspaceFile);
      const data = parse(after) as Record<string, unknown>;
      const settings = (isWorkspaceFile ? data["tasks"] : data) as { version: string; tasks: unknown[] };
      assert.deepEqual(settings.tasks.at(-1), task);
      assert.equal(settings.version, "2.0.0");
      for (const comment of text.match(/\/\/.*/g) ?? []) assert.ok(after.includes(comment));
      for (const [name, value] of Object.entries((parse(text) as object | undefined) ?? {})) if (name !== "tasks") assert.deepEqual(data[name], value);
    });
  }

  it("is refused where the text is no such file", () => {
    for (const text of ["[]", '{ "tasks": {} }', "3"]) assert.equal(addTasks(parseTasks(text, false), [task], style), undefined, text);
    assert.equal(addTasks(parseTasks('{ "tasks": [] }', true), [task], style), undefined);
  });

  it("gets a label that no other has", () => {
    assert.equal(uniqueLabel("a", new Set(["b"])), "a");
    assert.equal(uniqueLabel("a", new Set(["a", "a (2)"])), "a (3)");
  });
});

describe("what can be picked", () => {
  const scripts = packageScripts('{ "scripts": { "dev": "vite", "build": "vite build" } }', "", ["npm", "run"]);

  it("leaves out a script that tasks.json has already, by whatever type and label", () => {
    for (const there of ['{ "type": "npm", "script": "dev" }', '{ "label": "x", "type": "cancellable", "command": "pnpm", "args": ["run", "dev"] }']) {
      assert.deepEqual(newIn(parseTasks(`{ "tasks": [${there}] }`, false), scripts).map(({ label }) => label), ["npm: build"]);
    }
  });

  it("is written together: entries that change, and new ones with labels of their own", () => {
    const text = '{ "version": "2.0.0", "tasks": [{ "label": "npm: build", "type": "shell", "command": "make" }] }';
    const document = parseTasks(text, false);
    const { choices } = choicesIn(document, "cancellable", { scriptCommand: ["npm", "run"], installCommand: ["npm", "install"], hasLocalProgram: () => false, hasReferences: () => false });
    const edits = editsFor(document, [...choices, ...newIn(document, scripts)], style);
    assert.ok(edits);
    const { tasks } = parse(applyEdits(text, edits)) as { tasks: { label: string; type: string }[] };
    assert.deepEqual(tasks.map(({ label, type }) => [label, type]), [["npm: build", "cancellable"], ["npm: dev", "cancellable"], ["npm: build (2)", "cancellable"]]);
  });

  it("runs in its own folder where the file gives all tasks another one, and is known there", () => {
    const text = '{ "version": "2.0.0", "linux": { "options": { "cwd": "sub" } }, "tasks": [] }';
    const document = parseTasks(text, false);
    const edits = editsFor(document, newIn(document, scripts), style);
    assert.ok(edits);
    const after = applyEdits(text, edits);
    assert.deepEqual((parse(after) as { tasks: { cwd: string }[] }).tasks.map(({ cwd }) => cwd), ["${workspaceFolder}", "${workspaceFolder}"]);
    assert.deepEqual(newIn(parseTasks(after, false), scripts), []);
  });

  it("is one of two tasks with one name, where its place is told, and nothing of the others", () => {
    const same = '{ "label": "a", "type": "shell", "command": "x" }';
    const text = `{ "version": "2.0.0", "tasks": [${same}, ${same}, { "label": "all", "dependsOn": "a" }] }`;
    const document = parseTasks(text, false);
    const facts = { scriptCommand: ["npm", "run"], installCommand: ["npm", "install"], hasLocalProgram: () => false, hasReferences: () => false };
    const { choices, refusals } = choicesIn(document, "cancellable", facts, [{ index: 1, label: "a" }]);
    const edits = editsFor(document, choices, style);
    assert.ok(edits);
    assert.equal(applyEdits(text, edits), text.replace(/"shell"(.*)"shell"/, '"shell"$1"cancellable"'));
    assert.deepEqual(refusals, []);
    // The file has changed since.
    assert.deepEqual(choicesIn(document, "cancellable", facts, [{ index: 0, label: "b" }]).choices, []);
  });

  it("leaves out a script whatever runs it", () => {
    for (const args of ['"command": "npm", "args": ["run", "--silent", "dev"]', '"command": "node", "args": ["--run", "dev"]']) {
      assert.deepEqual(newIn(parseTasks(`{ "tasks": [{ "label": "x", "type": "cancellable", ${args} }] }`, false), scripts).map(({ label }) => label), ["npm: build"]);
    }
  });

  it("tells of the others why they stay as they are", () => {
    const document = parseTasks('{ "tasks": [{ "type": "cppbuild", "label": "c", "command": "g++" }, { "label": "all", "dependsOn": "c" }] }', false);
    const { choices, refusals } = choicesIn(document, "cancellable", { scriptCommand: ["npm", "run"], installCommand: ["npm", "install"], hasLocalProgram: () => false, hasReferences: () => false });
    assert.equal(choices.length, 0);
    assert.deepEqual(refusals.map(({ label }) => label), ["c", "all"]);
  });
});
