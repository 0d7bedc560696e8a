import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../../package.json";
import fc from "fast-check";
import { parse } from "jsonc-parser";
import { checkDefinition } from "../../../src/taskRunner/task/definition";
import { layered } from "../../../src/taskRunner/task/layers";
import { checkTasks } from "../../../src/tasksJson/checkTasks";
import { KNOWN_PROPERTIES } from "../../../src/tasksJson/knownProperties";
import type { Problem } from "../../../src/tasksJson/problem";
import { JsonObject, parseTasks } from "../../../src/tasksJson/tasksDocument";
import { applyEdits } from "../../../src/tasksJson/textEdits";
import { projectRoot } from "../../vscode/projectRoot";
import { OTHER_WRONG_ENTRIES } from "./otherWrongEntries";
import { RIGHT_ENTRIES } from "./rightEntries";
import { WRONG_ENTRIES } from "./wrongEntries";

function check(text: string, isWorkspaceFile = false): Problem[] {
  return checkTasks(parseTasks(text, isWorkspaceFile), new Set(["elsewhere"]));
}

const files = {
  "tasks.json": { isWorkspaceFile: false, head: '// tasks\n{\n\t"version": "2.0.0",\n\t"tasks": [', tail: "]\n}" },
  "a .code-workspace file": { isWorkspaceFile: true, head: '{ "folders": [], "tasks": { "version": "2.0.0", "tasks": [', tail: "] } }" },
};

describe("a wrong entry", () => {
  it("is tried a hundred times, and again", () => assert.ok(WRONG_ENTRIES.length >= 100 && OTHER_WRONG_ENTRIES.length >= 100, `${WRONG_ENTRIES.length}, ${OTHER_WRONG_ENTRIES.length}`));

  for (const [title, file] of Object.entries(files)) {
    for (const [written, expected, fixed] of [...WRONG_ENTRIES, ...OTHER_WRONG_ENTRIES]) {
      const isWhole = written.startsWith("*");
      const marked = written.replace(/^\*/, "");
      const { isWorkspaceFile } = file;
      if (isWhole && isWorkspaceFile) continue;
      const [head, tail] = isWhole ? ["", ""] : [file.head, file.tail];
      it(`is marked where it is wrong, in ${title}: ${marked}`, () => {
        const text = head + marked.replace(/[«»]/g, "") + tail;
        const start = head.length + marked.indexOf("«");
        const end = head.length + marked.indexOf("»") - 1;
        const problems = check(text, isWorkspaceFile);
        assert.deepEqual(problems.map(({ start, end }) => text.slice(start, end)), [text.slice(start, end)], problems.map(({ message }) => message).join("\n"));
        const [problem] = problems;
        assert.ok(problem);
        assert.deepEqual([problem.start, problem.end], [start, end]);
        assert.match(problem.message, expected);
        const [fix] = problem.fixes;
        if (fixed === undefined) {
          assert.equal(fix, undefined);
          return;
        }
        assert.ok(fix);
        const after = applyEdits(text, fix.edits);
        assert.equal(after, head + fixed.replace(/^\*/, "") + tail);
        if (after !== text) assert.deepEqual(check(after, isWorkspaceFile).filter(({ message }) => message === problem.message), []);
      });
    }
  }

  it("has no property that the task type declares and this does not know", () => {
    const declared = Object.keys(manifest.contributes.taskDefinitions[0]?.properties ?? {});
    assert.deepEqual(declared.filter((name) => !KNOWN_PROPERTIES.includes(name)), []);
  });

  it("in a file of the version 0.1.0 is not the only thing that is wrong there", () => {
    const [problem] = check('{ "version": "0.1.0", "tasks": [{ "type": "cancellable", "command": "a" }] }');
    assert.match(problem?.message ?? "", /only with "2.0.0"/);
  });
});

const INPUTS = '"inputs": [{ "id": "s", "type": "promptString", "description": "d" }, { "id": "p", "type": "promptString", "description": "d" }]';

describe("an entry that is right", () => {
  const right = [
    '{ "type": "cancellable", "command": "a" }',
    '{ "type": "cancellable", "label": "x", "command": "a", "args": ["b"], "waitDelay": "1m30s", "timeout": 0, "cancelSignal": "none", "dependsOn": ["elsewhere", "npm: build", "${input:x}"] }',
    '{ "type": "cancellable", "command": "${config:x}", "timeout": "${config:t}", "cancelSignal": "${input:s}" }',
    '{ "type": "cancellable", "windows": { "command": "a" }, "linux": { "command": "b" } }',
    '{ "type": "cancellable", "command": "a", "options": { "cwd": "b", "env": { "PORT": 3000 }, "shell": { "executable": "sh" } } }',
    '{ "type": "cancellable", "command": "a", "presentation": {}, "runOptions": {}, "icon": {}, "hide": true, "detail": "d", "group": "build", "promptOnClose": true, "inAgents": true, "problemMatcher": [] }',
    '{ "type": "shell", "waitDelay": "nonsense", "foo": 1 }',
    '{ "label": "all", "dependsOn": ["whatever"] }',
  ];
  it("has none for a variable at any depth, whose value is known when the task starts", () => {
    const properties = ['"ready": { "port": "${config:a.port}" }', '"ready": [{ "http": "${config:a.url}" }]', '"ports": ["${config:a.port}", 8080]', '"linux": { "ports": ["${input:p}"] }', '"options": { "cwd": "${config:x}" }'];
    for (const property of properties) assert.deepEqual(check(`{ "version": "2.0.0", "tasks": [{ "type": "cancellable", "command": "a", ${property} }], ${INPUTS} }`), [], property);
    assert.equal(check('{ "version": "2.0.0", "tasks": [{ "type": "cancellable", "command": "a", "ports": ["${config:a.port}", "x"] }] }').length, 1);
  });

  for (const entry of right) it(`has no diagnostic: ${entry}`, () => assert.deepEqual(check(`{ "version": "2.0.0", "tasks": [${entry}], ${INPUTS} }`), []));

  it("is tried forty times", () => assert.ok(RIGHT_ENTRIES.length >= 40));

  for (const entry of RIGHT_ENTRIES) {
    it(`has no diagnostic, however unusual: ${entry}`, () => {
      assert.deepEqual(check(entry.startsWith("*") ? entry.slice(1) : `{ "version": "2.0.0", "tasks": [${entry}] }`).map(({ message }) => message), []);
    });
  }

  it("is each one of the examples", () => {
    const text = readFileSync(join(projectRoot, "examples", ".vscode", "tasks.json"), "utf8");
    assert.deepEqual(check(text).map(({ message }) => message), []);
  });

  it("is what a conversion makes: the forty habits have no diagnostic before it", () => {
    const habits = join(projectRoot, "test", "suite", "tasksJson", "habits");
    for (const file of readdirSync(habits)) assert.deepEqual(check(readFileSync(join(habits, file), "utf8")), [], file);
  });

  it("is a file that is half-typed, which is read as far as it can be", () => {
    for (const text of ["", "{", '{ "tasks": [{ "type": "cancellable", ', '{ "tasks": [{ "type": "canc', "[]", "3", '{ "tasks": [1, null, "x", []] }']) assert.doesNotThrow(() => check(text), text);
  });
});

describe("whatever stands in tasks.json", () => {
  const names = [...KNOWN_PROPERTIES, "inputs", "value", "quoting", "executable", "on", "port", "constructor", "__proto__"];
  const object = (depth: number): fc.Arbitrary<unknown> => fc.dictionary(fc.constantFrom(...names), depth === 0 ? fc.jsonValue() : fc.oneof(fc.jsonValue(), object(depth - 1), fc.constantFrom("cancellable", "5 sec", "${input:x}", "3000-3005", "~", "$PATH")), { maxKeys: 8 });

  it("is checked without an error, and each fix leaves a file that can be read", () => {
    fc.assert(
      fc.property(fc.array(object(2), { maxLength: 3 }), object(1), (entries, top) => {
        const text = JSON.stringify({ ...(top as object), version: "2.0.0", tasks: entries.map((entry) => ({ ...(entry as object), type: "cancellable" })) });
        for (const { start, end, message, fixes } of check(text)) {
          assert.ok(start >= 0 && start < end && end <= text.length && message !== "", message);
          for (const { title, edits } of fixes) assert.deepEqual([title !== "", parseTasks(applyEdits(text, edits), false).syntaxErrors], [true, []], text);
        }
      }),
    );
  });
});

describe("a long tasks.json", () => {
  it("is checked in a time that grows with its length, not with its square", () => {
    const text = (count: number): string => JSON.stringify({ version: "2.0.0", tasks: Array.from({ length: count }, (_, i) => ({ type: "cancellable", label: `t${i}`, command: "a", args: ["b"], problemMatcher: "$tsc", linux: { env: { A: "b" } }, dependsOn: [`t${i % 7}`] })) });
    const reads = (count: number): number => {
      const document = parseTasks(text(count), false);
      let found = 0;
      const { settings } = document;
      assert.ok(settings);
      Object.defineProperty(settings, "data", { value: () => assert.fail("the whole file was read") });
      Object.defineProperty(settings, "value", { value: (name: string): unknown => (name === "tasks" && ++found, JsonObject.prototype.value.call(settings, name)) });
      checkTasks(document, new Set());
      return found;
    };
    assert.equal(reads(40), reads(20));
  });
});

describe("what the editor marks and what the run refuses", () => {
  /** What a task of the file is refused for when it starts, on each platform. */
  function refusedIn(text: string): string[] {
    const file = parse(text) as { tasks: Record<string, unknown>[] };
    const defaults = { waitDelay: "5s", cancelSignal: "SIGINT", hungPipe: "warn", survivors: "warn", stdio: "pty" };
    return file.tasks.flatMap((entry) => {
      if (entry["type"] !== "cancellable") return [];
      return (["linux", "osx", "windows"] as const).flatMap((platform) => {
        const { task, shell } = layered(entry, { ...file }, platform);
        const result = checkDefinition(task, { ...defaults, shell });
        return result.ok ? [] : result.problems;
      });
    });
  }

  for (const marked of [...WRONG_ENTRIES, ...OTHER_WRONG_ENTRIES].map(([entry]) => entry).concat(RIGHT_ENTRIES)) {
    const entry = marked.replace(/[«»]/g, "");
    const text = entry.startsWith("*") ? entry.slice(1) : `{ "version": "2.0.0", "tasks": [${entry}] }`;
    // What a variable becomes is known only then, and a task may be for some platforms only.
    if (text.includes("${") || /"(linux|osx|windows)": \{ "command"/.test(text)) continue;
    it(`is the same: ${entry}`, () => {
      const refused = new Set(refusedIn(text));
      const errors = check(text).filter(({ severity, message }) => severity === "error" && !/^"(dependsOn|version)" (has|is)/.test(message));
      assert.deepEqual(new Set(errors.map(({ message }) => message)), refused);
    });
  }
});
