import assert from "node:assert/strict";
import manifest from "../../../package.json";
import { blockCompletionsAt } from "../../../src/tasksJson/blockCompletions";
import { BLOCK_PROPERTIES } from "../../../src/tasksJson/checkNames";
import { completionsAt } from "../../../src/tasksJson/completions";
import { checkTasks } from "../../../src/tasksJson/checkTasks";
import { hoverAt } from "../../../src/tasksJson/hovers";
import { taskSnippets } from "../../../src/tasksJson/snippets";
import { parseTasks } from "../../../src/tasksJson/tasksDocument";
import { applyEdits, replaceRange } from "../../../src/tasksJson/textEdits";

/** What is offered at the "|" of a text, and the text when it was taken. */
function offered(marked: string, isWorkspaceFile = false): { label: string; after: string }[] {
  const text = marked.replace("|", "");
  return completionsAt(parseTasks(text, isWorkspaceFile), marked.indexOf("|")).map(({ label, start, end, text: replacement }) => ({ label, after: applyEdits(text, [replaceRange(start, end, replacement)]) }));
}

describe("completion in tasks.json", () => {
  const types = ['{ "tasks": [{ "type": | }] }', '{ "tasks": [{ "type": "|" }] }', '{ "tasks": [{ "type": "canc|" }] }', '{ "tasks": [{ "type": canc| }] }', '{ "tasks": [{ "type": "sh|ell" }] }'];
  for (const text of types) {
    it(`offers the type before there is a command: ${text}`, () => {
      assert.deepEqual(offered(text), [{ label: '"cancellable"', after: '{ "tasks": [{ "type": "cancellable" }] }' }]);
    });
  }

  const properties = ['{ "tasks": [{ "label": "x", | }] }', '{ "tasks": [{ "label": "x", "| }] }', '{ "tasks": [{ "label": "x", "ty|" }] }'];
  for (const text of properties) {
    it(`offers the whole property where it may stand: ${text}`, () => {
      assert.deepEqual(offered(text), [{ label: '"type": "cancellable"', after: '{ "tasks": [{ "label": "x", "type": "cancellable" }] }' }]);
    });
  }

  it("offers no second type, and none that VS Code offers itself", () => {
    assert.deepEqual(offered('{ "tasks": [{ "type": "shell", | }] }'), []);
    assert.deepEqual(offered('{ "tasks": [{ "type": "|", "command": "a" }] }'), []);
  });

  const elements = ['{ "tasks": [|] }', '{ "tasks": [\n    |\n  ] }', '{ "tasks": [{ "label": "x" }, |] }', '{ "tasks": [{ "label": "x" }, // one\n  |] }', '{ "tasks": [ // none\n  |] }', '{ "tasks": [| { "label": "x" }] }', '{ "tasks": [ serv| ] }'];
  for (const text of elements) {
    it(`offers whole tasks in the list: ${text}`, () => {
      assert.deepEqual(offered(text).map(({ label }) => label), taskSnippets().map(({ name }) => `cancellable ${name}`));
    });
  }

  it("offers none of them where no task can stand", () => {
    for (const text of ['{ | "tasks": [] }', '{ "tasks": [{ "label": "x" } |] }', '{ "tasks": [{ "args": [|] }] }', '{ "tasks": [], "inputs": [|] }', '{ "tasks": [{ "command": "|" }] }']) assert.deepEqual(offered(text), [], text);
  });

  it("does so in a workspace file, and not in its other parts", () => {
    assert.equal(offered('{ "tasks": { "tasks": [{ "type": "|" }] } }', true).length, 1);
    assert.deepEqual(offered('{ "settings": { "tasks": [{ "type": "|" }] } }', true), []);
  });

  describe("in a platform's block, where VS Code offers nothing,", () => {
    const schemas = manifest.contributes.taskDefinitions[0]?.properties ?? {};
    function inBlock(marked: string): { label: string; after: string; documentation: string | undefined }[] {
      const text = marked.replace("|", "");
      const found = blockCompletionsAt(parseTasks(text, false), marked.indexOf("|"), schemas);
      return found.map(({ label, start, end, text: replacement, documentation }) => ({ label, documentation, after: applyEdits(text, [replaceRange(start, end, replacement)]) }));
    }
    const block = (inside: string): string => `{ "tasks": [{ "type": "cancellable", "linux": { ${inside} } }] }`;

    it("offers the properties that it can have and has not, each once", () => {
      for (const inside of ["|", '"|"', '"wai|"', '"cwd": "x", |']) {
        const labels = inBlock(block(inside)).map(({ label }) => label);
        assert.deepEqual(labels, BLOCK_PROPERTIES.filter((name) => !(name === "cwd" && inside.includes("cwd"))), inside);
        assert.deepEqual([labels.includes("dependsOn"), labels.includes("osx"), labels.includes("waitDelay"), labels.includes("ready")], [false, false, true, true]);
      }
      assert.equal(inBlock(block('"wai|"')).find(({ label }) => label === "waitDelay")?.after, block('"waitDelay": $1'));
      for (const { label, documentation } of inBlock(block("|"))) assert.match(documentation ?? "", /^%task\./, label);
    });

    it("offers the values of a property", () => {
      assert.deepEqual(inBlock(block('"cancelSignal": |')).map(({ label }) => label), ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "none"].map((signal) => `"${signal}"`));
      assert.equal(inBlock(block('"cancelSignal": "SIG|"'))[1]?.after, block('"cancelSignal": "SIGTERM"'));
      assert.deepEqual(inBlock(block('"stopWithDebugSession": |')).map(({ label }) => label), ["true", "false"]);
      assert.deepEqual(inBlock(block('"ready": |')).map(({ label }) => label), ['"quiet"']);
      assert.ok(inBlock(block('"waitDelay": |')).length > 0);
    });

    it("offers them nowhere else", () => {
      for (const text of ['{ "tasks": [{ "type": "shell", "linux": { | } }] }', '{ "tasks": [{ "type": "cancellable", "env": { | } }] }', '{ "tasks": [{ "type": "cancellable", | }] }', block('"env": { | }'), block('"cwd|": "x"')]) assert.deepEqual(inBlock(text), [], text);
    });
  });

  for (const snippet of taskSnippets()) {
    it(`has a snippet that is a valid task when nothing is filled in: ${snippet.name}`, () => {
      const { after } = offered('{ "version": "2.0.0", "tasks": [|] }').find(({ label }) => label.endsWith(snippet.name)) ?? { after: "" };
      const filled = after.replace(/\$\{\d+:((?:[^}\\]|\\.)*)\}/g, "$1").replace(/\\\$/g, "$");
      const document = parseTasks(filled, false);
      assert.deepEqual(document.syntaxErrors, []);
      assert.equal(document.entries[0]?.type, "cancellable");
      assert.deepEqual(checkTasks(document, new Set()), []);
    });
  }
});

describe("hovering over", () => {
  function shown(marked: string): string | undefined {
    const text = `{ "tasks": [{ "type": "cancellable", "command": "a", ${marked.replace("|", "")} }] }`;
    const offset = '{ "tasks": [{ "type": "cancellable", "command": "a", '.length + marked.indexOf("|");
    return hoverAt(parseTasks(text, false), offset, (name) => (name === "waitDelay" ? { value: "7s", source: "user" } : { value: "SIGINT", source: "default" }))?.markdown;
  }

  it("a duration tells what it is, what it does, and what there is without it", () => {
    assert.equal(
      shown('"waitDelay": "1m|30s"'),
      '`"1m30s"` is 1 min 30 s (90,000 ms): Stop kills the process group 1 min 30 s after the request to end; output that is still held after the exit is waited for as long.\n\nWithout it: `"7s"`, from your settings (`cancellableTasks.waitDelay`).',
    );
    assert.match(shown('"wait|Delay": 0') ?? "", /`0` is 0 ms: Stop waits indefinitely and kills nothing/);
    assert.match(shown('"timeout": "1|0m"') ?? "", /is 10 min \(600,000 ms\): the task is stopped when it has run for 10 min\.\n\nWithout it: no timeout/);
  });

  it("a signal tells what programs do on it", () => {
    assert.match(shown('"cancelSignal": "SIG|HUP"') ?? "", /`"SIGHUP"` is what a closed terminal sends\.[^]*Without it: `"SIGINT"`, the default/);
    for (const signal of ["SIGINT", "SIGTERM", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "none"]) assert.notEqual(shown(`"cancelSignal": "|${signal}"`), undefined, signal);
  });

  it("the time in which restarts are counted, and what stands in a platform's block, tells the same", () => {
    assert.match(shown('"restart": { "on": "failure", "within": "1|0m" }') ?? "", /is 10 min \(600,000 ms\): only restarts within 10 min are counted/);
    assert.match(shown('"linux": { "time|out": "10m" }') ?? "", /stopped when it has run for 10 min/);
  });

  it("anything else, or what is wrong, tells nothing", () => {
    for (const text of ['"env": { "time|out": "5s" }', '"constru|ctor": "5s"', '"ready": { "time|out": "5s" }', '"waitDelay": "so|on"', '"cancelSignal": "SIG|X"', '"label": "5|s"', '"env": {|}']) assert.equal(shown(text), undefined, text);
  });
});
