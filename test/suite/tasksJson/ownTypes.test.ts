import assert from "node:assert/strict";
import { parse } from "jsonc-parser";
import type { ProjectFacts } from "../../../src/tasksJson/conversion";
import { makeBuiltIn } from "../../../src/tasksJson/makeBuiltIn";
import { makeCancellable } from "../../../src/tasksJson/makeCancellable";
import { parseTasks } from "../../../src/tasksJson/tasksDocument";
import { applyEdits } from "../../../src/tasksJson/textEdits";

const facts: ProjectFacts = { scriptCommand: ["npm", "run"], installCommand: ["npm", "install"], hasLocalProgram: () => true, hasReferences: () => false };

interface Converted {
  readonly tasks: readonly Record<string, unknown>[];
  readonly notes: readonly string[];
}

/** Makes all tasks cancellable, and sees that they become the same text again, all at once and one after the other. */
function converted(top: string, tasks: string): Converted {
  const text = `{\n  "version": "2.0.0",${top}\n  "tasks": [${tasks}]\n}`;
  const before = parseTasks(text, false);
  const conversions = before.entries.flatMap((entry) => {
    const conversion = makeCancellable(before, entry, facts);
    return conversion.kind === "converted" ? [{ index: entry.index, ...conversion }] : [];
  });
  const middle = applyEdits(text, conversions.flatMap(({ edits }) => edits));
  const after = parseTasks(middle, false);
  assert.deepEqual(after.syntaxErrors, []);
  const back = conversions.map(({ index }) => {
    const entry = after.entries[index];
    const conversion = entry && makeBuiltIn(after, entry, facts);
    assert.equal(conversion?.kind, "converted");
    return conversion.edits;
  });
  assert.equal(applyEdits(middle, back.flat()), text);
  let one = middle;
  for (const { index } of conversions) {
    const document = parseTasks(one, false);
    const entry = document.entries[index];
    const conversion = entry && makeBuiltIn(document, entry, facts);
    assert.equal(conversion?.kind, "converted");
    one = applyEdits(one, conversion.edits);
  }
  assert.equal(one, text);
  return { tasks: (parse(middle) as { tasks: Record<string, unknown>[] }).tasks, notes: conversions.flatMap(({ notes }) => notes) };
}

describe("a task of VS Code's own types that becomes cancellable", () => {
  const cases: [title: string, top: string, task: string, after: object][] = [
    ["is run by a shell where the top of its file says so", '"type": "shell",', '{ "label": "a", "command": "a && b" }', { shell: true, type: "cancellable", label: "a", command: "a && b" }],
    ["is run by a shell where that is said in the old way", '"isShellCommand": true,', '{ "label": "a", "command": "a", "args": ["$B"] }', { shell: true, type: "cancellable", label: "a", command: "a", args: ["$B"] }],
    ["is run by a shell where it says so in the old way", "", '{ "taskName": "a", "isShellCommand": true, "command": "a" }', { shell: true, type: "cancellable", taskName: "a", isShellCommand: true, command: "a" }],
    ["is run directly where it says so itself", '"type": "shell",', '{ "label": "a", "type": "process", "command": "a", "args": ["$B"] }', { label: "a", type: "cancellable", command: "a", args: ["$B"] }],
    ["stays in the group that its label gives it", "", '{ "label": "build", "type": "process", "command": "a", "args": ["b"] }', { label: "build", type: "cancellable", group: "build", command: "a", args: ["b"] }],
    ["stays in the group that its label gives it, without a type", "", '{ "label": "test", "command": "a" }', { shell: false, type: "cancellable", group: "test", label: "test", command: "a" }],
    ["stays in the group that it says itself", "", '{ "label": "build", "type": "shell", "group": "test", "command": "a" }', { label: "build", type: "cancellable", group: "test", command: "a" }],
    ["keeps its group apart from one that would have been added", "", '{ "label": "build", "type": "shell", "group": "build", "command": "a" }', { label: "build", shell: true, type: "cancellable", group: "build", command: "a" }],
    ["stays in the group that it says in the old way", "", '{ "taskName": "a", "type": "shell", "isBuildCommand": true, "command": "a" }', { taskName: "a", type: "cancellable", group: "build", isBuildCommand: true, command: "a" }],
    ["stays in the background", "", '{ "label": "a", "type": "shell", "isWatching": true, "command": "a" }', { label: "a", type: "cancellable", isBackground: true, isWatching: true, command: "a" }],
    ["keeps what it says of its output in the old way", "", '{ "label": "a", "type": "shell", "showOutput": "never", "command": "a" }', { label: "a", type: "cancellable", presentation: { reveal: "never" }, showOutput: "never", command: "a" }],
    ["keeps the problem matcher of its file", '"problemMatcher": "$tsc",', '{ "label": "a", "type": "shell", "command": "a" }', { label: "a", type: "cancellable", problemMatcher: "$tsc", command: "a" }],
    ["keeps its own problem matcher", '"problemMatcher": "$tsc",', '{ "label": "a", "type": "shell", "command": "a", "problemMatcher": [] }', { label: "a", type: "cancellable", command: "a", problemMatcher: [] }],
    ["keeps the presentation of its file", '"presentation": { "echo": true, "panel": "new" },', '{ "label": "a", "type": "shell", "command": "a" }', { label: "a", type: "cancellable", presentation: { panel: "new" }, command: "a" }],
    ["gets no presentation that VS Code has anyway", '"presentation": { "echo": true, "reveal": "always", "focus": false, "panel": "shared" },', '{ "label": "a", "type": "shell", "command": "a" }', { label: "a", type: "cancellable", command: "a" }],
    ["may be closed without a question as its file says", '"promptOnClose": false,', '{ "label": "a", "command": "a" }', { shell: false, type: "cancellable", promptOnClose: false, label: "a", command: "a" }],
    ["asks before it is closed as its being in the background says", '"promptOnClose": false,', '{ "label": "a", "type": "shell", "command": "a", "isBackground": false }', { label: "a", type: "cancellable", command: "a", isBackground: false }],
  ];
  for (const [title, top, task, expected] of cases) {
    it(title, () => {
      const { tasks, notes } = converted(top, task);
      assert.deepEqual(tasks, [expected]);
      assert.deepEqual(notes, []);
    });
  }

  it("is the only one that gets a group by its label, as VS Code gives it to one", () => {
    const groups = (tasks: string): unknown[] => converted("", tasks).tasks.map(({ group }) => group);
    const task = (label: string, more = ""): string => `{ "label": "${label}", "type": "shell"${more}, "command": "a" }`;
    assert.deepEqual(groups([task("test"), task("build"), task("build")].join()), [undefined, "build", undefined]);
    assert.deepEqual(groups([task("build", ', "group": "build"'), task("test")].join()), ["build", "test"]);
    assert.deepEqual(groups([task("build"), task("other", ', "isBuildCommand": true')].join()), [undefined, "build"]);
    assert.deepEqual(groups([task("build"), task("test", ', "group": "test"')].join()), ["build", "test"]);
  });

  const told: [top: string, tasks: string, notes: RegExp[]][] = [
    ['"presentation": { "reveal": "never" },', '{ "label": "a", "type": "shell", "command": "a", "presentation": { "panel": "new" } }', [/the "presentation" at the top of its file counts only/]],
    ['"presentation": { "reveal": "never" },', '{ "label": "a", "type": "shell", "command": "a", "presentation": { "reveal": "silent" } }', []],
    ['"linux": { "presentation": { "reveal": "never" } },', '{ "label": "a", "type": "shell", "command": "a" }', [/the "presentation" at the top of its file counts only/]],
    ["", '{ "label": "a", "type": "shell", "command": "a", "windows": { "presentation": { "reveal": "never" } } }', [/VS Code heeds its "windows.presentation" only/]],
    ["", '{ "label": "a", "type": "shell", "command": "a", "dependsOn": ["b", "c"], "dependsOrder": "sequence" }', [/starts what it depends on at the same time/]],
    ["", '{ "label": "a", "type": "shell", "command": "a", "dependsOn": ["b"], "dependsOrder": "sequence" }', []],
    ["", '{ "label": "a", "type": "npm", "script": "a", "dependsOn": ["b", "c"], "dependsOrder": "sequence" }', []],
    ['"options": { "cwd": "b", "env": { "C": "d" } },', '{ "label": "a", "type": "npm", "script": "a" }', [/"options.cwd" at the top of its file does not count for it now, and will/, /"options.env" at the top/]],
    ['"options": { "cwd": "b" },', '{ "label": "a", "type": "npm", "script": "a", "path": "c" }, { "label": "b", "type": "npm", "script": "b", "options": { "cwd": "d" } }', []],
    ["", '{ "type": "npm", "script": "a" }, { "label": "all", "dependsOn": [{ "type": "npm", "script": "a" }] }', [/"all" depends on it by its properties/]],
    ["", '{ "type": "npm", "script": "a" }, { "label": "all", "dependsOn": [{ "type": "npm", "script": "b" }, "npm: a"] }', []],
  ];
  for (const [top, tasks, notes] of told) {
    it(`is ${notes.length === 0 ? "not " : ""}told to lose something: ${top} ${tasks}`, () => {
      const found = converted(top, tasks).notes;
      assert.equal(found.length, notes.length, found.join("; "));
      notes.forEach((note, i) => assert.match(found[i] ?? "", note));
    });
  }
});
