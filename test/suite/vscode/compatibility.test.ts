import assert from "node:assert/strict";
import * as vscode from "vscode";
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
  shell("args in a block for the platform", { command: SHOW, args: ["no"], linux: { args: ["yes", "$HOME"] } }, "arg yes\narg /"),
  shell(
    "options in a block for the platform",
    { command: SHOW, options: { cwd: "${workspaceFolder}/a sub", env: { T_A: "${workspaceFolderBasename}", T_B: "1" } }, linux: { options: { env: { T_B: "${userHome}", T_C: "3" } } } },
    "/a sub\nT_A=workspace\nT_B=/",
  ),
  shell(
    "variables",
    {
      command: `${SHOW} \${workspaceFolder} \${workspaceFolder:workspace} \${workspaceFolderBasename} \${env:HOME} \${config:editor.tabSize} \${input:text} \${command:compatibility.text} \${userHome} \${/}`,
      options: { cwd: "${workspaceFolder}/${input:sub}", env: { T_A: "${input:text} ${env:HOME} ${env:NOT_SET}", T_B: "${command:compatibility.text}" } },
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

describe("compatibility: a task with another type", function () {
  if (!HAS_BUILT_IN_TASKS) return;
  let own: OwnTasks;
  const commands: vscode.Disposable[] = [];
  const asked: string[] = [];

  before(() => {
    own = new OwnTasks();
    const answer = (name: string, value: string): vscode.Disposable => vscode.commands.registerCommand(name, () => (asked.push(name), value));
    commands.push(answer("compatibility.text", "from a command"), answer("compatibility.sub", "a sub"));
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
        const builtIn = await own.run(`built-in: ${name}`);
        asked.length = 0;
        const ours = await own.run(`ours: ${name}`);
        assert.deepEqual(ours, builtIn);
        assert.ok(ours.shown.includes(shows), ours.shown);
        assert.equal(ours.exitCode, exitCode ?? 0);
        assert.deepEqual(asked, [...new Set(asked)], "asked twice");
      });
    }
  };

  describe("in a tasks.json with nothing at its top", () => compare(ROWS, {}));
  describe("in a tasks.json with options at its top", () => compare(ROWS_BELOW, TOP));
});
