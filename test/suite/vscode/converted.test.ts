import assert from "node:assert/strict";
import { writeFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { parse } from "jsonc-parser";
import { factsFor } from "../../../src/tasksJson/editor/project";
import { makeCancellable } from "../../../src/tasksJson/makeCancellable";
import { parseTasks } from "../../../src/tasksJson/tasksDocument";
import { applyEdits } from "../../../src/tasksJson/textEdits";
import { HAS_BUILT_IN_TASKS, OwnTasks, type Ran } from "./builtIn";

type Properties = Readonly<Record<string, unknown>>;

interface File {
  readonly title: string;
  /** What stands beside "tasks". */
  readonly top: Properties;
  readonly tasks: readonly Properties[];
}

const SHOW = "${workspaceFolder}/show";

/** Habits of which VS Code makes something that only its own types get. */
const FILES: readonly File[] = [
  {
    title: "with nothing at its top",
    top: {},
    tasks: [
      { label: "build", type: "process", command: SHOW, args: ["a b", "$HOME", "*", "&&"] },
      { label: "no type", command: SHOW, args: ["a b", "$HOME"] },
      { taskName: "in the old way", isShellCommand: true, isTestCommand: true, isWatching: false, showOutput: "never", command: `${SHOW} $((1 + 1)) && exit 3` },
      { label: "arguments of a shell's line", type: "shell", command: SHOW, args: ["a b", "$HOME", "sh*w", "'c d'", { value: "$HOME e", quoting: "strong" }, { value: "f g", quoting: "escape" }, "&&", SHOW, "again"] },
      { label: "blocks", type: "shell", command: "no", args: ["no"], options: { cwd: "${workspaceFolder}/a sub", env: { T_A: "1", T_B: "2" } }, linux: { command: SHOW, args: ["yes $HOME"], options: { env: { T_B: "3" } } }, windows: { command: "win" } },
      { label: "another shell", type: "shell", command: `${SHOW} $0`, args: [], options: { shell: { executable: "/bin/bash", args: ["-e", "-c"] } } },
      { label: "a background task", type: "shell", command: SHOW, isBackground: true, presentation: { reveal: "silent", panel: "dedicated" }, problemMatcher: "$tsc-watch", group: { kind: "test", isDefault: true } },
      { type: "npm", label: "npm in a folder", script: "show", path: "a sub" },
      { type: "npm", label: "npm with options", script: "show", options: { cwd: "${workspaceFolder}/a sub", env: { T_OWN: "1 2" } } },
    ],
  },
  {
    title: "with a type, options, a matcher and a presentation at its top",
    top: { type: "shell", options: { cwd: "${workspaceFolder}/a sub", env: { T_TOP: "1" } }, problemMatcher: "$tsc", presentation: { reveal: "silent", panel: "shared" } },
    tasks: [
      { label: "test", command: `${SHOW} $((1 + 1)) && exit 4` },
      { label: "arguments", command: SHOW, args: ["a b", "sh*w", "$T_TOP"], problemMatcher: [] },
      { label: "directly", type: "process", command: SHOW, args: ["a b", "$T_TOP"], options: { env: { T_OWN: "2" } } },
    ],
  },
];

/** What VS Code makes of a task, as far as it tells. */
function seen({ name, group, isBackground, presentationOptions, problemMatchers }: vscode.Task): unknown {
  const { echo, reveal, focus, panel, showReuseMessage, clear } = presentationOptions;
  return { name, group: group?.id, isDefault: group?.isDefault, isBackground, presentation: { echo, reveal, focus, panel, showReuseMessage, clear }, problemMatchers };
}

function nameOf({ label, taskName }: Properties): string {
  return [label, taskName].find((name) => typeof name === "string") ?? "";
}

describe("a tasks.json whose tasks have been made cancellable", () => {
  let own: OwnTasks;
  const manifests: string[] = [];

  before(() => {
    own = new OwnTasks();
    for (const [folder, show] of [[own.folder, "./show"], [join(own.folder, "a sub"), "'./show it'"]] as const) {
      const manifest = join(folder, "package.json");
      writeFileSync(manifest, JSON.stringify({ name: "shown", scripts: { show: `${show} from npm` } }));
      manifests.push(manifest);
    }
  });

  after(async () => {
    for (const manifest of manifests) rmSync(manifest, { force: true });
    await own.restore();
  });

  afterEach(() => {
    for (const terminal of vscode.window.terminals) terminal.dispose();
  });

  /** Each task with what VS Code makes of it and what it does. */
  async function all(tasks: readonly Properties[]): Promise<{ ran: Ran; seen: unknown }[]> {
    const results = [];
    for (const task of tasks) {
      const name = nameOf(task);
      results.push({ ran: await own.run(name), seen: seen(await own.find(name)) });
    }
    return results;
  }

  for (const { title, top, tasks } of HAS_BUILT_IN_TASKS ? FILES : []) {
    it(`does the same, and is the same to VS Code: one ${title}`, async () => {
      const text = JSON.stringify({ version: "2.0.0", ...top, tasks }, undefined, 2);
      await own.write({ ...top, tasks });
      const before = await all(tasks);
      const document = parseTasks(text, false);
      const facts = await factsFor(vscode.Uri.file(own.folder), document);
      const edits = document.entries.flatMap((entry) => {
        const conversion = makeCancellable(document, entry, facts);
        assert.equal(conversion.kind, "converted");
        assert.deepEqual(conversion.notes, []);
        return conversion.edits;
      });
      const { tasks: converted } = parse(applyEdits(text, edits)) as { tasks: Properties[] };
      assert.deepEqual(new Set(converted.map(({ type }) => type)), new Set(["cancellable"]));
      await own.write({ ...top, tasks: converted });
      const after = await all(tasks);
      assert.deepEqual(
        tasks.map((task, i) => [nameOf(task), after[i]]),
        tasks.map((task, i) => [nameOf(task), before[i]]),
      );
      for (const { ran } of before) assert.match(ran.shown, /^cwd /);
    }).timeout(120_000);
  }

  it("is what other tasks depend on by the name that VS Code gives to an npm task", async () => {
    const text = '{ "version": "2.0.0", "tasks": [{ "type": "npm", "script": "show", "problemMatcher": [] }, { "label": "all", "dependsOn": ["npm: show"], "problemMatcher": [] }] }';
    const document = parseTasks(text, false);
    const [entry] = document.entries;
    assert.ok(entry);
    const conversion = makeCancellable(document, entry, await factsFor(vscode.Uri.file(own.folder), document));
    assert.equal(conversion.kind, "converted");
    const { tasks } = parse(applyEdits(text, conversion.edits)) as { tasks: Properties[] };
    await own.write({ tasks });
    const started = new Promise<vscode.Task>((resolve) => {
      const listener = vscode.tasks.onDidStartTaskProcess(({ execution }) => {
        listener.dispose();
        resolve(execution.task);
      });
    });
    const ran = own.run("all", "npm: show");
    assert.equal((await started).definition.type, "cancellable");
    assert.match((await ran).shown, /arg from\narg npm\n/);
  }).timeout(60_000);

  const SETTINGS: readonly [scriptRunner: string | undefined, runSilent: boolean | undefined][] = [
    [undefined, undefined],
    ["node", undefined],
    ["pnpm", true],
  ];
  for (const [scriptRunner, runSilent] of SETTINGS) {
    it(`runs npm scripts with what VS Code does: ${JSON.stringify({ scriptRunner, runSilent })}`, async () => {
      const settings = vscode.workspace.getConfiguration("npm");
      await settings.update("scriptRunner", scriptRunner, vscode.ConfigurationTarget.Global);
      await settings.update("runSilent", runSilent, vscode.ConfigurationTarget.Global);
      try {
        await own.write({ tasks: [{ label: "by npm", type: "npm", script: "show" }, { label: "installs", type: "npm", script: "install" }] });
        const document = parseTasks('{ "tasks": [{ "type": "npm", "script": "show" }, { "type": "npm", "script": "install" }] }', false);
        const facts = await factsFor(vscode.Uri.file(own.folder), document);
        const found = await vscode.tasks.fetchTasks({ type: "npm" });
        const ofVSCode = ["by npm", "installs"].map((label) => {
          const execution = found.find(({ name }) => name === label)?.execution;
          assert.ok(execution instanceof vscode.ShellExecution);
          return [execution.command, ...(execution.args ?? [])];
        });
        assert.deepEqual(ofVSCode, [[...facts.scriptCommand, "show"], facts.installCommand]);
      } finally {
        await settings.update("scriptRunner", undefined, vscode.ConfigurationTarget.Global);
        await settings.update("runSilent", undefined, vscode.ConfigurationTarget.Global);
      }
    }).timeout(60_000);
  }
});
