import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "jsonc-parser";
import { makeBuiltIn } from "../../../src/tasksJson/makeBuiltIn";
import type { ProjectFacts } from "../../../src/tasksJson/conversion";
import { makeCancellable, whyNot } from "../../../src/tasksJson/makeCancellable";
import { parseTasks, type TasksDocument } from "../../../src/tasksJson/tasksDocument";
import { applyEdits } from "../../../src/tasksJson/textEdits";
import { projectRoot } from "../../vscode/projectRoot";

const facts: ProjectFacts = { scriptCommand: ["npm", "run"], installCommand: ["npm", "install"], hasLocalProgram: () => true, hasReferences: (tsconfig) => tsconfig.startsWith("packages/") };
const habits = join(projectRoot, "test", "suite", "tasksJson", "habits");

/** All entries at once, as one edit of the file. */
function allCancellable(document: TasksDocument): { text: string; converted: number[]; notes: string[] } {
  const done = document.entries.flatMap((entry) => {
    const conversion = makeCancellable(document, entry, facts);
    return conversion.kind === "converted" ? [{ index: entry.index, ...conversion }] : [];
  });
  return { text: applyEdits(document.text, done.flatMap(({ edits }) => edits)), converted: done.map(({ index }) => index), notes: done.flatMap(({ notes }) => notes) };
}

function allBuiltIn(document: TasksDocument, indices: readonly number[]): string {
  const edits = indices.flatMap((index) => {
    const entry = document.entries.find((one) => one.index === index);
    const conversion = entry && makeBuiltIn(document, entry, facts);
    assert.equal(conversion?.kind, "converted");
    return conversion.edits;
  });
  return applyEdits(document.text, edits);
}

describe("a tasks.json made cancellable and built-in again", () => {
  const files = readdirSync(habits).filter((name) => name.endsWith(".jsonc"));

  it("is tried with forty habits", () => assert.equal(files.length, 40));

  const lineEnds = { LF: (text: string) => text, CRLF: (text: string) => text.replaceAll("\n", "\r\n") };
  for (const [lineEnd, withLineEnds] of Object.entries(lineEnds)) {
    for (const file of files) {
      it(`is the same text, and valid in between: ${file}, ${lineEnd}`, () => {
        const text = withLineEnds(readFileSync(join(habits, file), "utf8"));
        const before = parseTasks(text, false);
        assert.deepEqual(before.syntaxErrors, []);
        const { text: middle, converted, notes } = allCancellable(before);
        assert.ok(converted.length > 0, "nothing was converted");
        assert.deepEqual(notes.filter((note) => !note.includes("dependsOrder")), []);
        const after = parseTasks(middle, false);
        assert.deepEqual(after.syntaxErrors, []);
        if (lineEnd === "CRLF") assert.doesNotMatch(middle, /[^\r]\n/);
        for (const index of converted) {
          const entry = after.entries[index];
          assert.equal(entry?.type, "cancellable");
          assert.equal(new Set(entry.properties.map(({ name }) => name)).size, entry.properties.length, "a property is there twice");
        }
        assert.equal(allBuiltIn(after, converted), text);
      });

      it(`is the same text in a workspace file: ${file}, ${lineEnd}`, () => {
        const text = withLineEnds(`{ "folders": [{ "path": "." }], "settings": {}, "tasks": ${readFileSync(join(habits, file), "utf8").replace(/^\/\/.*\n/, "")} }`);
        const before = parseTasks(text, true);
        const { text: middle, converted } = allCancellable(before);
        assert.ok(converted.length > 0, "nothing was converted");
        assert.equal(allBuiltIn(parseTasks(middle, true), converted), text);
      });
    }
  }

  it("keeps every property of an entry that it does not have to change", () => {
    for (const file of files) {
      const before = parseTasks(readFileSync(join(habits, file), "utf8"), false);
      const { text, converted } = allCancellable(before);
      const tasks = { before: (parse(before.text) as { tasks: Record<string, unknown>[] }).tasks, after: (parse(text) as { tasks: Record<string, unknown>[] }).tasks };
      for (const index of converted) {
        const kept = Object.entries(tasks.before[index] ?? {}).filter(([name]) => !["type", "script", "task", "tsconfig", "option", "path"].includes(name));
        for (const [name, value] of kept) assert.deepEqual(tasks.after[index]?.[name], value, `${file}: ${name}`);
      }
    }
  });
});

describe("what a built-in task becomes", () => {
  function after(task: string): Record<string, unknown> {
    const document = parseTasks(`{ "version": "2.0.0", "tasks": [${task}] }`, false);
    const { text } = allCancellable(document);
    return (parse(text) as { tasks: Record<string, unknown>[] }).tasks[0] ?? {};
  }

  const cases: [title: string, before: string, after: object][] = [
    ["a command line stays one", '{"label":"a","type":"shell","command":"a && b"}', { label: "a", type: "cancellable", command: "a && b" }],
    ["a command with arguments stays in its shell", '{"label":"a","type":"shell","command":"a","args":["b c"]}', { label: "a", type: "cancellable", shell: true, command: "a", args: ["b c"] }],
    ["a process with arguments is run directly", '{"label":"a","type":"process","command":"a","args":["b"]}', { label: "a", type: "cancellable", command: "a", args: ["b"] }],
    ["a process without arguments gets no shell", '{"label":"a","type":"process","command":"a"}', { label: "a", type: "cancellable", shell: false, command: "a" }],
    ["a process with a shell in its options is run directly all the same", '{"label":"a","type":"process","command":"a","args":[],"options":{"shell":{"executable":"sh"}}}', { label: "a", type: "cancellable", shell: false, command: "a", args: [], options: { shell: { executable: "sh" } } }],
    ["what is quoted for a shell stays in it", '{"label":"a","type":"shell","command":"a","args":[{"value":"b","quoting":"strong"}]}', { label: "a", type: "cancellable", command: "a", args: [{ value: "b", quoting: "strong" }] }],
    ["an entry without a type is a process", '{"label":"a","command":"a"}', { label: "a", type: "cancellable", shell: false, command: "a" }],
    ["an npm script is an argument", '{"type":"npm","script":"a; b"}', { type: "cancellable", label: "npm: a; b", command: "npm", args: ["run", "a; b"] }],
    ["npm's folder is the directory", '{"type":"npm","script":"dev","path":"web/"}', { type: "cancellable", label: "npm: dev - web", command: "npm", args: ["run", "dev"], cwd: "web/" }],
    ["npm install is not a script", '{"type":"npm","script":"install"}', { type: "cancellable", label: "npm: install", command: "npm", args: ["install"] }],
    ["the group that VS Code gives to an npm script is written down", '{"type":"npm","script":"build"}', { type: "cancellable", label: "npm: build", group: "build", command: "npm", args: ["run", "build"] }],
    [
      "tsc's problem matcher, group and background are written down",
      '{"type":"typescript","tsconfig":"tsconfig.json","option":"watch"}',
      { type: "cancellable", label: "tsc: watch - tsconfig.json", group: "build", problemMatcher: ["$tsc-watch"], isBackground: true, command: "node_modules/.bin/tsc", args: ["-p", "tsconfig.json", "--watch"] },
    ],
    ["a tsconfig is called as VS Code calls it", '{"type":"typescript","tsconfig":"./a/../tsconfig.json","problemMatcher":[]}', { type: "cancellable", label: "tsc: build - tsconfig.json", group: "build", problemMatcher: [], command: "node_modules/.bin/tsc", args: ["-p", "./a/../tsconfig.json"] }],
    ["a tsconfig with references is built", '{"type":"typescript","tsconfig":"packages/t.json","label":"t","group":"build","problemMatcher":[]}', { type: "cancellable", label: "t", group: "build", problemMatcher: [], command: "node_modules/.bin/tsc", args: ["-b", "packages/t.json"] }],
    ["a gulp task", '{"type":"gulp","task":"default"}', { type: "cancellable", label: "gulp: default", command: "node_modules/.bin/gulp", args: ["default"] }],
  ];
  for (const [title, before, expected] of cases) it(title, () => assert.deepEqual(after(before), expected));

  const refused: [task: string, why: RegExp][] = [
    ['{"label":"a","dependsOn":"b"}', /only starts other tasks/],
    ['{"label":"a","type":"shell"}', /has no command/],
    ['{"label":"a","type":"cppbuild","command":"g++"}', /the extension that contributes its type "cppbuild"/],
    ['{"label":"a","type":"npm"}', /has no "script"/],
    ['{"label":"a","type":"npm","script":"-x"}', /taken for an option/],
    ['{"label":"a","type":"npm","script":"x","windows":{"args":["y"]}}', /parts of a command/],
    ['{"label":"a","type":"npm","script":"x","command":"y"}', /parts of a command beside its "script"/],
    ['{"label":"a","type":"npm","script":"x","windows":{"options":{"cwd":"y"}}}', /parts of a command beside its "script"/],
    ['{"label":"a","type":"npm","script":"x","path":"y","options":{"cwd":"z"}}', /has "path" and "options.cwd"/],
    ['{"label":"a","type":"shell","command":"a","options":{"shell":"bash"}}', /"options.shell" is "bash", which VS Code ignores/],
    ['{"label":"a","type":"shell","command":"a","linux":{"type":"process"}}', /says in two places/],
    ['{"label":"a","type":"process","isShellCommand":true,"command":"a"}', /says in two places/],
    ['{"label":"a","type":"process","command":"a","args":["--port",3000]}', /would not start: "args\[1\]" is 3000, but must be a string$/],
    ['{"label":"a","type":"shell","command":"a","windows":{"options":{"env":{"A":["b"]}}}}', /would not start: "options.env.A" is/],
    ['{"label":"a","type":"shell","command":""}', /would not start: "command" is empty/],
    ['{"label":"a","type":"gulp","task":"x","file":"g.js"}', /names its "file"/],
    ['{"label":"a","type":"typescript","tsconfig":"t.json","option":"build"}', /"option" is "build"/],
    ['{"label":"a","type":"shell","command":"a","cwd":"b"}', /"cwd" stands outside of "options"/],
    ['{"label":"a","type":"shell","command":"a","linux":{"cwd":"b"}}', /"cwd" stands outside of "options"/],
    ['{"label":"a","type":3,"command":"a"}', /"type" is 3/],
    ['{"type":"cancellable","command":"a"}', /cancellable already/],
  ];
  for (const [task, why] of refused) {
    it(`is nothing, and the reason is told: ${task}`, () => {
      const document = parseTasks(`{ "version": "2.0.0", "tasks": [${task}] }`, false);
      const [entry] = document.entries;
      assert.ok(entry);
      assert.match(whyNot(document, entry) ?? "", why);
    });
  }

  it("is nothing where its command stands at the top of the file", () => {
    const document = parseTasks('{ "version": "2.0.0", "command": "dotnet", "type": "shell", "tasks": [{ "label": "a", "args": ["a"] }] }', false);
    assert.ok(document.entries[0]);
    assert.match(whyNot(document, document.entries[0]) ?? "", /"command" from the top of its file/);
  });

  it("is nothing in a file of the version 0.1.0", () => {
    const document = parseTasks('{ "version": "0.1.0", "tasks": [{ "taskName": "a", "command": "a" }] }', false);
    assert.ok(document.entries[0]);
    assert.match(whyNot(document, document.entries[0]) ?? "", /version "0.1.0"/);
  });
});

describe("an npm task, whatever runs its script", () => {
  const runners: [scriptCommand: string[], installCommand: string[]][] = [
    [["npm", "run"], ["npm", "install"]],
    [["npm", "run", "--silent"], ["npm", "install", "--silent"]],
    [["node", "--run"], ["pnpm", "install"]],
  ];
  for (const [scriptCommand, installCommand] of runners) {
    it(`runs the same, and becomes the same text again: ${scriptCommand.join(" ")}`, () => {
      const own: ProjectFacts = { ...facts, scriptCommand, installCommand };
      const text = '{ "tasks": [{ "type": "npm", "script": "d\\u0065v", "path": "web" }, { "script": "install", "type": "npm" }] }';
      const document = parseTasks(text, false);
      const edits = document.entries.flatMap((entry) => {
        const conversion = makeCancellable(document, entry, own);
        assert.equal(conversion.kind, "converted");
        return conversion.edits;
      });
      const after = parseTasks(applyEdits(text, edits), false);
      assert.deepEqual(after.entries.map((entry) => [entry.value("command"), ...(entry.value("args") as string[])]), [[...scriptCommand, "dev"], installCommand]);
      const back = after.entries.flatMap((entry) => {
        const conversion = makeBuiltIn(after, entry, own);
        assert.equal(conversion.kind, "converted");
        return conversion.edits;
      });
      assert.equal(applyEdits(after.text, back), text);
    });
  }
});

describe("what a cancellable task becomes that a person has written", () => {
  function builtIn(task: string): { text: string; notes: readonly string[] } {
    const document = parseTasks(`{ "tasks": [${task}] }`, false);
    const [entry] = document.entries;
    assert.ok(entry);
    const conversion = makeBuiltIn(document, entry, facts);
    assert.equal(conversion.kind, "converted");
    const text = applyEdits(document.text, conversion.edits);
    assert.deepEqual(parseTasks(text, false).syntaxErrors, []);
    return { text: text.slice('{ "tasks": ['.length, -"] }".length), notes: conversion.notes };
  }

  const cases: [before: string, after: string, notes?: string[]][] = [
    ['{ "type": "cancellable", "command": "a | b" }', '{ "type": "shell", "command": "a | b" }'],
    ['{ "type": "cancellable", "command": "a", "args": ["b"] }', '{ "type": "process", "command": "a", "args": ["b"] }'],
    ['{ "type": "cancellable", "command": "npm", "args": ["run", "dev"] }', '{ "type": "npm", "script": "dev" }'],
    // VS Code would run these scripts with the project's own manager, install, be silent, or look for the folder of that name.
    ['{ "type": "cancellable", "command": "npm", "args": ["run", "install"] }', '{ "type": "process", "command": "npm", "args": ["run", "install"] }'],
    ['{ "type": "cancellable", "command": "npm", "args": ["run", "--silent", "dev"] }', '{ "type": "process", "command": "npm", "args": ["run", "--silent", "dev"] }'],
    ['{ "type": "cancellable", "command": "node", "args": ["--run", "dev"] }', '{ "type": "process", "command": "node", "args": ["--run", "dev"] }'],
    ['{ "type": "cancellable", "command": "pnpm", "args": ["run", "dev"] }', '{ "type": "process", "command": "pnpm", "args": ["run", "dev"] }'],
    ['{ "type": "cancellable", "command": "npm", "args": ["run", "dev"], "cwd": "${workspaceFolder}/web" }', '{ "type": "npm", "script": "dev", "path": "web" }'],
    ['{ "type": "cancellable", "command": "npm", "args": ["run", "dev"], "cwd": "${userHome}/web" }', '{ "type": "process", "command": "npm", "args": ["run", "dev"], "options": { "cwd": "${userHome}/web" } }'],
    ['{ "type": "cancellable", "command": "npm", "args": ["run", "dev"], "cwd": "/srv/web" }', '{ "type": "process", "command": "npm", "args": ["run", "dev"], "options": { "cwd": "/srv/web" } }'],
    // By the project, VS Code runs tsc -p for the one and tsc -b for the other.
    ['{ "type": "cancellable", "command": "tsc", "args": ["-b", "tsconfig.json"] }', '{ "type": "process", "command": "tsc", "args": ["-b", "tsconfig.json"] }'],
    ['{ "type": "cancellable", "command": "tsc", "args": ["-p", "packages/t.json"] }', '{ "type": "process", "command": "tsc", "args": ["-p", "packages/t.json"] }'],
    ['{ "type": "cancellable", "command": "tsc", "args": ["-b", "packages/t.json"] }', '{ "type": "typescript", "tsconfig": "packages/t.json" }'],
    // VS Code ignores in a platform's block what does not stand in its "options".
    ['{ "type": "cancellable", "command": "a", "linux": { "cwd": "b", "env": { "C": "d" }, "waitDelay": "1s" } }', '{ "type": "shell", "command": "a", "linux": { "options": { "env": { "C": "d" }, "cwd": "b" } } }', ['its "linux.waitDelay" has no equivalent and is removed']],
    ['{ "type": "cancellable", "command": "npm", "args": ["run", "dev"], "linux": { "env": { "C": "d" } } }', '{ "type": "process", "command": "npm", "args": ["run", "dev"], "linux": { "options": { "env": { "C": "d" } } } }'],
    ['{ "type": "cancellable", "command": "npm", "label": "x", "args": ["run", "dev"] }', '{ "type": "npm", "script": "dev", "label": "x" }'],
    ['{ "type": "cancellable", "command": "a", "cwd": "b" }', '{ "type": "shell", "command": "a", "options": { "cwd": "b" } }'],
    ['{ "type": "cancellable", "command": "a", "cwd": "b", "env": { "C": "d" } }', '{ "type": "shell", "command": "a", "options": { "env": { "C": "d" }, "cwd": "b" } }'],
    ['{ "type": "cancellable", "command": "a", "shell": "/bin/sh" }', '{ "type": "shell", "command": "a", "options": { "shell": { "executable": "/bin/sh" } } }'],
    ['{ "type": "cancellable", "command": "a", "shell": true }', '{ "type": "shell", "command": "a" }'],
    ['{ "type": "cancellable", "command": "a", "waitDelay": "1s", "timeout": 5 }', '{ "type": "shell", "command": "a" }', ['its "waitDelay" has no equivalent and is removed', 'its "timeout" has no equivalent and is removed']],
    ['{ "waitDelay": 1, "type": "cancellable", // x\n "command": "a" }', '{ "type": "shell", // x\n "command": "a" }', ['its "waitDelay" has no equivalent and is removed']],
    ['{ "type": "cancellable", "command": "npm", "args": ["run", "dev"], "env": {} }', '{ "type": "process", "command": "npm", "args": ["run", "dev"], "options": { "env": {} } }'],
  ];
  for (const [before, expected, notes] of cases) {
    it(before.replaceAll("\n", " "), () => {
      const { text, notes: told } = builtIn(before);
      assert.equal(text, expected);
      assert.deepEqual([...told].sort(), [...(notes ?? [])].sort());
    });
  }
});
