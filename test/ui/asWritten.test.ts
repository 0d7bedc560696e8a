import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { killLeftovers, shows } from "./taskProcesses";
import { openWorkbench, type Workbench } from "./workbench";

interface Odd {
  readonly name: string;
  readonly task: Readonly<Record<string, unknown>>;
  /** What the terminal says before the command starts, and what follows, as a regular expression. */
  readonly says: string;
}

const cases: readonly Odd[] = [
  { name: "command line with args", task: { command: "npm run lint", args: ["--fix"] }, says: '[●▲] "command" is "npm run lint", but with "args" and without "shell" it is the name of one program[^]*exit code: 127' },
  { name: "variable in args", task: { command: "echo", args: ["home", "$HOME"] }, says: '[●▲] "args\\[1\\]" is "\\$HOME", but no shell runs this command[^]*Add "shell": true[^]*home \\$HOME' },
  { name: "sequence of dependencies", task: { command: "echo done", dependsOn: ["one", "two"], dependsOrder: "sequence" }, says: '[●▲] "dependsOrder" is "sequence", but VS Code heeds that only for its own task types[^]*done' },
  { name: "said twice", task: { command: "pwd", cwd: "one", options: { cwd: "two" } }, says: '[●▲] "options.cwd" has no effect[^]*/one' },
];

describe("a person whose task cannot do what is written", () => {
  let w: Workbench;
  let folder: string;

  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(join(tmpdir(), "cancellable-tasks-written-"));
    for (const name of [".vscode", "one", "two"]) await mkdir(join(folder, name));
    const others = ["one", "two"].map((label) => ({ type: "cancellable", label, command: "true", problemMatcher: [] }));
    const tasks = cases.map(({ name, task }) => ({ type: "cancellable", label: name, ...task, problemMatcher: [] }));
    await writeFile(join(folder, ".vscode", "tasks.json"), JSON.stringify({ version: "2.0.0", tasks: [...others, ...tasks] }, undefined, 2));
    w = await openWorkbench({ version: "1.139", vsix: join(projectRoot, "cancellable-tasks.vsix"), folder, theme: "light" });
  });

  after(async () => {
    await w.kill();
    await killLeftovers(w.folder);
    await rm(folder, { recursive: true });
  });

  for (const { name, says } of cases) {
    it(`reads one clear sentence when it starts: ${name}`, async () => {
      await w.runTask(name);
      await w.waitForTerminal(shows(name, says.replaceAll(" ", "\\s+")));
      await w.screenshot(`light-as-written-${name.replaceAll(" ", "-")}`);
    });
  }
});
