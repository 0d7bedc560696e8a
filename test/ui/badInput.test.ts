import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { eventually, killLeftovers, shows, taskProcesses } from "./taskProcesses";
import { openWorkbench, type Workbench } from "./workbench";

interface Bad {
  readonly name: string;
  readonly task: Readonly<Record<string, unknown>>;
  /** What the terminal says, as a regular expression. */
  readonly says: string;
  readonly exitCode: number;
  /** Whether a squiggle in tasks.json says the same: it needs no look at the disk. */
  readonly squiggle?: true;
}

const usage = 2;
const cases: readonly Bad[] = [
  { name: "unknown signal", task: { command: "true", cancelSignal: "SIGFOO" }, says: '"cancelSignal" is "SIGFOO", but must be one of', exitCode: usage, squiggle: true },
  { name: "malformed duration", task: { command: "true", waitDelay: "5 sec" }, says: '"waitDelay" is "5 sec", but must be a duration', exitCode: usage, squiggle: true },
  { name: "negative duration", task: { command: "true", waitDelay: -1 }, says: '"waitDelay" is -1, but must be a duration', exitCode: usage, squiggle: true },
  { name: "endless duration", task: { command: "true", timeout: "1e99h" }, says: '"timeout" is "1e99h", but must be a duration', exitCode: usage, squiggle: true },
  { name: "missing command", task: { args: ["x"] }, says: '"command" is missing', exitCode: usage, squiggle: true },
  { name: "empty command", task: { command: "" }, says: '"command" is empty or missing', exitCode: usage, squiggle: true },
  { name: "args of a wrong type", task: { command: "echo", args: "x" }, says: '"args" is "x", but must be a list of strings', exitCode: usage, squiggle: true },
  { name: "an argument of a wrong type", task: { command: "echo", args: ["-p", 3000] }, says: '"args\\[1\\]" is 3000, but must be a string', exitCode: usage, squiggle: true },
  { name: "env with NUL", task: { command: "true", env: { A: "a\0b" } }, says: '"env.A" is "a\\\\u0000b", but must not contain a NUL', exitCode: usage, squiggle: true },
  { name: "no such cwd", task: { command: "true", cwd: "no/such/dir" }, says: '"cwd" is "no/such/dir", but there is no such directory', exitCode: 126 },
  { name: "no such shell", task: { command: "true", shell: "/no/such/shell" }, says: '"shell" is "/no/such/shell", but there is no such file', exitCode: 127 },
  { name: "command not found", task: { command: "no-such-command", args: [] }, says: '"command" is "no-such-command", but no executable of that', exitCode: 127 },
  { name: "command not executable", task: { command: "./plain.txt", args: [] }, says: '"command" is "./plain.txt", but it is not executable', exitCode: 126 },
];
/** In a file of its own: VS Code takes seconds for each look at a tasks.json of this size. */
const large: Bad = { name: "2 MB of arguments", task: { command: "echo", args: ["x".repeat(2 << 20)] }, says: '"args" has 2097152 bytes', exitCode: 126 };

function tasksJson(bad: readonly Bad[]): string {
  const tasks = bad.map(({ name, task }) => ({ type: "cancellable", label: name, ...task, problemMatcher: [] }));
  return JSON.stringify({ version: "2.0.0", tasks }, undefined, 2);
}

describe("a person who makes mistakes in tasks.json", () => {
  let folder: string;
  let w: Workbench;

  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(join(tmpdir(), "cancellable-tasks-bad-"));
    await mkdir(join(folder, ".vscode"));
    await writeFile(join(folder, ".vscode", "tasks.json"), tasksJson(cases));
    await writeFile(join(folder, "plain.txt"), "not a program\n");
    w = await openWorkbench({ version: "1.139", vsix: join(projectRoot, "cancellable-tasks.vsix"), folder, theme: "dark" });
  });

  after(async () => {
    await w.kill();
    await killLeftovers(w.folder);
    await rm(folder, { recursive: true });
  });

  async function readsOneSentence({ name, says, exitCode }: Bad, within?: number): Promise<void> {
    await w.runTask(name);
    const sentence = says.replaceAll(" ", "\\s+"); // The terminal wraps long lines.
    const text = await w.waitForTerminal(shows(name, `[●▲] ${sentence}[^]*not started \\(exit code ${exitCode}\\)[^]*exit code: ${exitCode}`), within);
    assert.deepEqual(await taskProcesses(w.folder), []);
    assert.equal(text.slice(text.lastIndexOf("Executing task")).match(/^[●▲] (?!executing )/gm)?.length, 2, "one sentence, and that it was not started");
  }

  for (const bad of cases) {
    it(`reads one clear sentence about: ${bad.name}`, async () => {
      await readsOneSentence(bad);
      if (bad.name === "malformed duration") await w.screenshot("dark-bad-input");
    });
  }

  it("sees one squiggle for each mistake in the file, which says the same", async () => {
    const withSquiggle = cases.filter(({ squiggle }) => squiggle === true);
    await writeFile(join(w.folder, ".vscode", "tasks.json"), tasksJson(withSquiggle));
    await w.quickInput.openFile("tasks.json");
    const missing = (problems: readonly string[]): Bad[] => withSquiggle.filter(({ says }) => !problems.some((problem) => new RegExp(says).test(problem)));
    await eventually("every squiggle is there", async () => missing(await w.problems()).length === 0).catch(async () => {
      const problems = await w.problems();
      assert.fail(`there is no problem of ${missing(problems).map(({ name }) => name).join(", ")} in ${problems.join("\n")}`);
    });
    const problems = (await w.problems()).filter((row) => !/problems? in file/.test(row));
    assert.equal(problems.length, withSquiggle.length, problems.join("\n"));
    await w.screenshot("dark-squiggles");
  });

  it(`reads one clear sentence about: ${large.name}`, async function () {
    this.timeout(180_000);
    await writeFile(join(w.folder, ".vscode", "tasks.json"), tasksJson([large]));
    await w.waitUntilTaskIsThere(large.name);
    await readsOneSentence(large, 120_000);
  });
});
