import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { CancellableTasksApi } from "../../../api";
import { HAS_BUILT_IN_TASKS, OwnTasks } from "./builtIn";

type Properties = Readonly<Record<string, unknown>>;

/** A row of docs/compatibility.md: a task of a built-in type; what it shows must be shown by ours. */
interface Row {
  readonly name: string;
  readonly task: Properties;
  /** What is to be seen at least: that the two show the same could also mean that they show nothing. */
  readonly shows: string;
  readonly exitCode?: number;
}

const SHOW = "${workspaceFolder}/show";
const shell = (name: string, task: Properties, shows: string, exitCode?: number): Row => ({ name, task: { type: "shell", ...task }, shows, ...(exitCode === undefined ? {} : { exitCode }) });
const process_ = (name: string, task: Properties, shows: string): Row => ({ name, task: { type: "process", ...task }, shows });

/** As docs/compatibility.md says: another type and, where a shell gets arguments, "shell": true. */
function asOurs({ type, ...task }: Properties): Properties {
  const hasArgs = [task, task["linux"] as Properties | undefined].some((one) => one?.["args"] !== undefined);
  return { ...task, type: "cancellable", ...(type === "shell" && hasArgs ? { shell: true } : {}) };
}

const ROWS: Row[] = [
  shell("a command line", { command: `${SHOW} a 'b c' $((1 + 1)) && exit 3` }, "arg a\narg b c\narg 2\n", 3),
  shell("a command that is a path with a blank, by a variable", { command: "${file}" }, "cwd /"),
  shell("arguments of a shell's line", { command: SHOW, args: ["a", "b c", "'d e'", "$HOME", "sho*", "&&", SHOW, "again"] }, "arg b c\narg d e\narg /"),
  shell("quoting escape", { command: SHOW, args: [{ value: "$HOME b'c", quoting: "escape" }] }, " b'c\n"),
  shell("quoting strong", { command: SHOW, args: [{ value: "$HOME *", quoting: "strong" }] }, "arg $HOME *\n"),
  shell("quoting weak", { command: SHOW, args: [{ value: "$HOME *", quoting: "weak" }] }, " *\n"),
  shell("a quoted command", { command: { value: "${workspaceFolder}/a sub/show it", quoting: "strong" }, args: ["x"] }, "arg x\n"),
  process_("arguments of a program", { command: SHOW, args: ["a", "b c", "$HOME", "*", "&&", ""] }, "arg $HOME\narg *\narg &&\narg \n"),
  shell("options.cwd", { command: SHOW, options: { cwd: "${workspaceFolder}/a sub" } }, "/a sub\n"),
  process_("options.cwd of a program", { command: SHOW, args: ["x"], options: { cwd: "${workspaceFolder}/a sub" } }, "/a sub\n"),
  shell("options.env", { command: SHOW, options: { env: { T_TEXT: "a b", T_NUMBER: 3, T_TRUE: true, T_EMPTY: "" } } }, "T_NUMBER=3\nT_TEXT=a b\nT_TRUE=true\n"),
  shell("options.shell", { command: `${SHOW} $0 $-`, options: { shell: { executable: "/bin/bash", args: ["-e", "-c"] } } }, "arg /bin/bash\narg e"),
  shell("options.shell.quoting", { command: SHOW, args: [{ value: "a b", quoting: "strong" }], options: { shell: { executable: "/bin/bash", args: ["-c"], quoting: { strong: '"' } } } }, "arg a b\n"),
  shell("a block for the platform", { command: `${SHOW} no`, windows: { command: "win" }, osx: { command: "osx" }, linux: { command: `${SHOW} yes` } }, "arg yes\n"),
  shell("a command that only the platform's block has", { windows: { command: "win" }, linux: { command: `${SHOW} only` } }, "arg only\n"),
  shell("args in a block for the platform", { command: SHOW, args: ["no"], linux: { args: ["yes", "$HOME"] } }, "arg yes\narg /"),
  shell(
    "options in a block for the platform",
    { command: SHOW, options: { cwd: "${workspaceFolder}/a sub", env: { T_A: "${workspaceFolderBasename}", T_B: "1" } }, linux: { options: { env: { T_B: "${userHome}", T_C: "3" } } } },
    "/a sub\nT_A=workspace\nT_B=/",
  ),
  shell(
    "variables",
    {
      command: `${SHOW} \${workspaceFolder} \${workspaceFolder:workspace} \${workspaceFolderBasename} \${env:HOME} \${config:editor.tabSize} \${input:text} \${command:compatibility.command} \${userHome} \${/}`,
      options: { cwd: "${workspaceFolder}/${input:sub}", env: { T_A: "${input:text} ${env:HOME} ${env:NOT_SET}", T_B: "${command:compatibility.command}" } },
    },
    `arg workspace\narg ${process.env["HOME"] ?? ""}\narg 4\narg from\narg a\n`,
  ),
  shell("a variable that VS Code does not know", { command: `${SHOW} \${HOME} \${T_X:-none}`, options: { env: { T_Y: "${HOME}" } } }, "arg none\n"),
  shell("exit status", { command: SHOW, options: { env: { T_EXIT: "7" } } }, "T_EXIT=7\n", 7),
  process_("exit status of a program", { command: SHOW, args: ["x"], options: { env: { T_EXIT: "0" } } }, "T_EXIT=0\n"),
  shell("a program that is not found", { command: "no-such-program" }, "", 127),
];

/** The same with what stands at the top of tasks.json. */
const TOP: Properties = {
  options: { cwd: "${workspaceFolder}/a sub", env: { T_TOP: "${input:text}", T_BOTH: "top" }, shell: { executable: "/bin/bash", args: ["-f", "-c"] } },
  linux: { options: { env: { T_LINUX: "${workspaceFolderBasename}", T_BOTH: "linux" } } },
  windows: { options: { env: { T_WINDOWS: "1" } } },
};
const ROWS_BELOW: Row[] = [
  shell("options at the top", { command: `${SHOW} $-` }, "/a sub\narg "),
  process_("options at the top, of a program", { command: SHOW, args: ["*"] }, "/a sub\narg *\nT_BOTH=linux\nT_LINUX=workspace\nT_TOP=from a command\n"),
  shell("a task's own cwd", { command: SHOW, options: { cwd: "${workspaceFolder}" } }, "workspace\nT_BOTH=linux\n"),
  shell("a task's own env", { command: SHOW, options: { env: { T_OWN: "1" } } }, "/a sub\nT_OWN=1\n"),
  shell("a task's env for the platform", { command: SHOW, linux: { options: { env: { T_OWN: "1" } } } }, "/a sub\nT_OWN=1\n"),
  shell("a task's own shell", { command: `${SHOW} $- sho*`, options: { shell: { executable: "/bin/bash", args: ["-c"] } } }, "/a sub\n"),
];

const INPUTS = [
  { id: "text", type: "command", command: "compatibility.text", args: "an argument" },
  { id: "sub", type: "command", command: "compatibility.sub" },
];

describe("compatibility: a task with another type", () => {
  let own: OwnTasks;
  const commands: vscode.Disposable[] = [];
  const asked: string[] = [];

  before(() => {
    own = new OwnTasks();
    const answer = (name: string, value: string): vscode.Disposable => vscode.commands.registerCommand(name, () => (asked.push(name), value));
    commands.push(answer("compatibility.text", "from a command"), answer("compatibility.sub", "a sub"), answer("compatibility.command", "from another"));
  });

  after(async () => {
    await own.restore();
    for (const command of commands) command.dispose();
  });

  afterEach(() => {
    for (const terminal of vscode.window.terminals) terminal.dispose();
  });

  const compare = (rows: readonly Row[], top: Properties): void => {
    before(async () => {
      await vscode.window.showTextDocument(vscode.Uri.file(`${own.folder}/a sub/show it`));
      const tasks = rows.flatMap(({ name, task }) => [{ label: `built-in: ${name}`, problemMatcher: [], ...task }, { label: `ours: ${name}`, problemMatcher: [], ...asOurs(task) }]);
      await own.write({ ...top, inputs: INPUTS, tasks });
    });
    for (const { name, shows, exitCode } of rows) {
      it(`does the same: ${name}`, async () => {
        const builtIn = HAS_BUILT_IN_TASKS ? await own.run(`built-in: ${name}`) : undefined;
        asked.length = 0;
        const ours = await own.run(`ours: ${name}`);
        if (builtIn !== undefined) assert.deepEqual(ours, builtIn);
        assert.ok(ours.shown.includes(shows), ours.shown);
        assert.equal(ours.exitCode, exitCode ?? 0);
        assert.deepEqual(asked, [...new Set(asked)], "asked twice");
      });
    }
  };

  /** A pair of tasks, of the built-in and of our type, and what they depend on. */
  const pair = (name: string, task: Properties): Properties[] => [{ label: `built-in: ${name}`, problemMatcher: [], ...task, type: "shell" }, { label: `ours: ${name}`, problemMatcher: [], ...asOurs({ ...task, type: "shell" }) }];
  const both = async <T>(name: string, look: (label: string) => Promise<T>, expected: T): Promise<void> => {
    for (const whose of HAS_BUILT_IN_TASKS ? ["built-in", "ours"] : ["ours"]) assert.deepEqual(await look(`${whose}: ${name}`), expected, whose);
  };

  describe("as a part of VS Code", () => {
    // Not an error: VS Code asks before it debugs anything as long as there is one.
    const matcher = { owner: "compatibility", severity: "warning", fileLocation: ["relative", "${workspaceFolder}"], pattern: { regexp: "^(\\w+):(\\d+): (.*)$", file: 1, line: 2, message: 3 } };
    const begins = { ...matcher, background: { activeOnStart: true, beginsPattern: "^begin$", endsPattern: "^end$" } };
    const DEPENDENT = ["dependsOn", "dependsOrder of a parent without a type", "isBackground"] as const;

    before(async () => {
      await own.write({
        tasks: [
          ...pair("first", { command: `sleep 0.3; ${SHOW} first` }),
          ...pair("second", { command: `${SHOW} second` }),
          ...pair("server", { command: `echo begin; sleep 0.3; ${SHOW} server; echo end; exec sleep 60`, isBackground: true, problemMatcher: begins }),
          ...pair("dependsOn", { command: `${SHOW} last` }).map((task) => ({ ...task, dependsOn: [String(task["label"]).replace("dependsOn", "first")] })),
          ...pair("isBackground", { command: `${SHOW} last` }).map((task) => ({ ...task, dependsOn: [String(task["label"]).replace("isBackground", "server")] })),
          ...["built-in", "ours"].map((whose) => ({ label: `${whose}: dependsOrder of a parent without a type`, dependsOn: [`${whose}: first`, `${whose}: second`], dependsOrder: "sequence", problemMatcher: [] })),
          ...pair("problemMatcher", { command: "echo 'shown:7: it is wrong'", problemMatcher: matcher }),
          ...pair("presentation.close", { command: "true", presentation: { close: true } }),
          ...pair("presentation.panel new", { command: "true", presentation: { panel: "new" } }),
          ...pair("presentation.panel dedicated", { command: "true", presentation: { panel: "dedicated" } }),
          ...pair("runOptions.instanceLimit", { command: `${SHOW} one; exec sleep 60`, runOptions: { instanceLimit: 2 }, presentation: { panel: "new" } }),
          ...["a", "b"].flatMap((one) => pair(`label ${one}`, { command: `${SHOW} equal` })),
        ],
      });
    });

    afterEach(async () => {
      for (const execution of vscode.tasks.taskExecutions) execution.terminate();
      for (const terminal of vscode.window.terminals) terminal.dispose();
      while (vscode.tasks.taskExecutions.length + vscode.window.terminals.length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
      await vscode.commands.executeCommand("cancellableTasks.stopAll");
    });

    const ORDER = { dependsOn: ["first", "last"], "dependsOrder of a parent without a type": ["first", "second"], isBackground: ["server", "last"] };
    for (const name of DEPENDENT) {
      it(`does the same: ${name}`, async () => {
        const last = name.startsWith("dependsOrder") ? "second" : name;
        const shown = async (label: string): Promise<string[]> => Array.from((await own.run(label, label.replace(name, last))).shown.matchAll(/^arg (.*)$/gm), ([, arg = ""]) => arg);
        await both(name, shown, ORDER[name]);
      });
    }

    it("does the same: problemMatcher", async () => {
      const file = vscode.Uri.file(`${own.folder}/shown`);
      const found = async (label: string): Promise<string[]> => {
        await own.run(label);
        while (vscode.languages.getDiagnostics(file).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
        return vscode.languages.getDiagnostics(file).map(({ range, message }) => `${range.start.line}: ${message}`);
      };
      await both("problemMatcher", found, ["6: it is wrong"]);
    });

    const TERMINALS = { "presentation.close": 0, "presentation.panel new": 2, "presentation.panel dedicated": 1 } as const;
    for (const [name, count] of Object.entries(TERMINALS)) {
      it(`does the same: ${name}`, async () => {
        const terminals = async (label: string): Promise<number> => {
          await own.run(label);
          await own.run(label);
          while (vscode.window.terminals.length > count) await new Promise((resolve) => setTimeout(resolve, 50));
          const left = vscode.window.terminals.length;
          for (const terminal of vscode.window.terminals) terminal.dispose();
          while (vscode.window.terminals.length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
          return left;
        };
        await both(name, terminals, count);
      });
    }

    it("does the same: runOptions.instanceLimit", async () => {
      const instances = async (label: string): Promise<number> => {
        const task = await own.find(label);
        const twice = new Promise<void>((resolve) => {
          let started = 0;
          const listener = vscode.tasks.onDidStartTask(({ execution }) => {
            if (execution.task.name !== label || ++started < 2) return;
            listener.dispose();
            resolve();
          });
        });
        await vscode.tasks.executeTask(task);
        await vscode.tasks.executeTask(task);
        await twice;
        const terminals = vscode.window.terminals.length;
        for (const terminal of vscode.window.terminals) terminal.dispose();
        return terminals;
      };
      await both("runOptions.instanceLimit", instances, 2);
    });

    it("does the same: two tasks that differ only in their label", async () => {
      for (const one of ["a", "b"]) await both(`label ${one}`, async (label) => (await own.run(label)).shown.includes("arg equal"), true);
    });
  });

  describe("in a tasks.json that leaves something out", () => {
    const api = (): CancellableTasksApi => {
      const extension = vscode.extensions.getExtension<CancellableTasksApi>("waitdelay.cancellable-tasks");
      assert.ok(extension?.isActive);
      return extension.exports;
    };

    before(async () => {
      await own.write({
        options: { env: { T_ASKED: "${input:nothing}" } },
        inputs: [...INPUTS, { id: "nothing", type: "command", command: "compatibility.nothing" }],
        tasks: [
          { type: "cancellable", command: SHOW, args: ["no", { value: "label", quoting: "weak" }], env: {}, problemMatcher: [] },
          { type: "cancellable", label: "asks in vain", command: SHOW, problemMatcher: [] },
          ...[true, false].map((reevaluateOnRerun) => ({ type: "cancellable", label: `asks again: ${reevaluateOnRerun}`, command: `${SHOW} \${input:text}; exec sleep 60`, env: {}, runOptions: { reevaluateOnRerun }, problemMatcher: [] })),
        ],
      });
      commands.push(vscode.commands.registerCommand("compatibility.nothing", () => undefined));
    });

    it("has a name by its command line, and can be restarted by it", async () => {
      await vscode.commands.executeCommand("cancellableTasks.clearEnded");
      const label = "${workspaceFolder}/show no label";
      assert.match((await own.run(label)).shown, /arg no\narg label\n/);
      const [run] = api().runs().filter((one) => one.label === label);
      assert.ok(run !== undefined && vscode.window.terminals.some(({ name }) => name === label), JSON.stringify(vscode.window.terminals.map(({ name }) => name)));
    });

    for (const [reevaluateOnRerun, times] of [[true, 2], [false, 1]] as const) {
      it(`is ${reevaluateOnRerun ? "" : "not "}asked for its inputs again by Restart with "reevaluateOnRerun": ${reevaluateOnRerun}`, async () => {
        const label = `asks again: ${reevaluateOnRerun}`;
        asked.length = 0;
        const running = (not: string | undefined): Promise<string> =>
          new Promise((resolve) => {
            const look = (): void => {
              const run = api().runs().find((one) => one.label === label && one.state.kind === "running" && one.id !== not);
              if (run === undefined) return;
              listener.dispose();
              resolve(run.id);
            };
            const listener = api().onDidChangeRuns(look);
            look();
          });
        await vscode.tasks.executeTask(await own.find(label));
        const first = await running(undefined);
        await vscode.commands.executeCommand("cancellableTasks.restart", first);
        const second = await running(first);
        assert.deepEqual(asked, Array.from({ length: times }, () => "compatibility.text"));
        await api().kill(second);
      });
    }

    it("is not started if the user gives no value for an input", async () => {
      assert.deepEqual(await own.run("asks in vain"), { exitCode: 130, shown: "" });
    });
  });

  it("is described in the documentation, row by row", () => {
    const root = vscode.extensions.getExtension("waitdelay.cancellable-tasks")?.extensionPath ?? "";
    const page = readFileSync(join(root, "docs", "compatibility.md"), "utf8");
    const described = Array.from(page.matchAll(/<!-- (?!seen: )(.+?) -->/g), ([, names = ""]) => names.split("; ")).flat();
    const tested = [...ROWS, ...ROWS_BELOW].map(({ name }) => name);
    const others = ["dependsOn", "dependsOrder of a parent without a type", "isBackground", "problemMatcher", "presentation.close", "presentation.panel new", "presentation.panel dedicated", "runOptions.instanceLimit", "two tasks that differ only in their label"];
    assert.deepEqual(described.sort(), [...tested, ...others].sort());
  });

  describe("in a tasks.json with nothing at its top", () => compare(ROWS, {}));
  describe("in a tasks.json with options at its top", () => compare(ROWS_BELOW, TOP));
});
