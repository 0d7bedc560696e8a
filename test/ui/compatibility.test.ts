// What VS Code itself does for a task, a built-in one beside ours. Each row is one of docs/compatibility.md.
import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { eventually, nothingRuns } from "./taskProcesses";
import { useWorkbench } from "./useWorkbench";
import type { Workbench } from "./workbench";

type Properties = Readonly<Record<string, unknown>>;
type Whose = "built-in" | "ours";

const BOTH: readonly Whose[] = ["built-in", "ours"];
const EXECUTING = /Executing task: /;
const PRESS_ANY_KEY = /press any key to close it/;

let w: Workbench;

/** A feature of VS Code's tasks: what is done with a task that has it, and what is seen then. */
interface Row {
  readonly name: string;
  readonly task: Properties;
  /** What is seen of the task with this label, which says these words when it runs. */
  readonly look: (label: string, says: string) => Promise<unknown>;
  readonly expected: unknown;
}

/** Runs it, and resolves with what its terminal shows when it has ended. */
async function shownOf(label: string, says: string): Promise<string> {
  await w.runTask(label);
  return ended(says);
}

/** The last thing that both say in their terminal, unless they are not to. */
async function ended(says: string): Promise<string> {
  return w.waitForTerminal(new RegExp(`^${says}$[^]*${PRESS_ANY_KEY.source}`, "m"));
}

async function rerun(says: string): Promise<void> {
  await w.command("Tasks: Rerun Last Task");
  await eventually("it has run again", () => Promise.resolve(lines(file(says)).filter((line) => line === "end").length === 2));
}

/** What a task that never ends by itself has written, when it has been started again while it ran. */
async function startsOf(label: string, says: string, again: () => Promise<void>): Promise<string[]> {
  await w.runTask(label);
  await w.waitForTerminal(new RegExp(`^${says}$`, "m"));
  await again();
  await eventually("it runs again", () => Promise.resolve(lines(file(says)).length === 2));
  await w.terminateTask(label);
  await nothingRuns(w.folder);
  return lines(file(says));
}

/** What the open list of tasks shows of those with this text. */
async function listed(text: string): Promise<string[]> {
  await w.page.keyboard.type(text);
  await w.page.waitForFunction((value) => document.querySelector<HTMLInputElement>(".quick-input-widget .quick-input-box input")?.value === value, text);
  return w.quickInput.labels();
}

async function isPanelVisible(): Promise<boolean> {
  return w.page.locator(".part.panel").isVisible();
}

function lines(file: string): string[] {
  try {
    return readFileSync(join(w.folder, file), "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

function count(text: string, pattern: RegExp): number {
  return Array.from(text.matchAll(new RegExp(pattern, "gm"))).length;
}

const FOREVER = "; exec sleep 300";
const file = (says: string): string => says.replaceAll(" ", "-");

const rows: readonly Row[] = [
  {
    name: "presentation.echo",
    task: { presentation: { echo: false } },
    look: async (label, says) => EXECUTING.test(await shownOf(label, says)),
    expected: false,
  },
  {
    name: "presentation.showReuseMessage",
    task: { presentation: { showReuseMessage: false } },
    look: async (label, says) => {
      await w.runTask(label);
      await eventually("it has run", () => Promise.resolve(lines(file(says)).includes("end")));
      return PRESS_ANY_KEY.test(await w.waitForTerminal(new RegExp(`^${says}$`, "m")));
    },
    expected: false,
  },
  {
    name: "a key closes the terminal of a task that has ended",
    task: {},
    look: async (label, says) => {
      await shownOf(label, says);
      await w.pressInTerminal("x");
      await eventually("its terminal is gone", async () => !(await w.terminalText()).includes(says));
      return true;
    },
    expected: true,
  },
  {
    name: "presentation.reveal",
    task: { presentation: { reveal: "never" } },
    look: async (label, says) => {
      await w.problems(); // It is open then, for certain.
      await w.command("View: Toggle Panel Visibility");
      await eventually("the panel is hidden", async () => !(await isPanelVisible()));
      await w.runTask(label);
      await eventually("it has run", () => Promise.resolve(lines(file(says)).includes("end")));
      return isPanelVisible();
    },
    expected: false,
  },
  {
    name: "presentation.focus",
    task: { presentation: { focus: true } },
    look: async (label, says) => {
      await shownOf(label, says);
      return w.page.evaluate(() => document.activeElement?.classList.contains("xterm-helper-textarea"));
    },
    expected: true,
  },
  {
    name: "presentation.clear",
    task: { presentation: { clear: true, panel: "dedicated" } },
    look: async (label, says) => {
      await shownOf(label, says);
      await rerun(says);
      return count(await ended(says), new RegExp(`^${says}$`));
    },
    expected: 1,
  },
  {
    name: "presentation.revealProblems",
    task: {
      command: "echo 'wrong:1: it is wrong'",
      presentation: { revealProblems: "onProblem" },
      problemMatcher: { owner: "compatibility", severity: "warning", fileLocation: ["relative", "${workspaceFolder}"], pattern: { regexp: "^(\\w+):(\\d+): (.*)$", file: 1, line: 2, message: 3 } },
    },
    look: async (label) => {
      await w.runTask(label);
      await w.page.locator(".markers-panel").waitFor({ state: "visible" });
      return true;
    },
    expected: true,
  },
  {
    name: "group",
    task: { group: { kind: "build", isDefault: true } },
    look: async (label, says) => {
      await w.command("Tasks: Run Build Task");
      await w.quickInput.pick(label);
      await ended(says);
      return true;
    },
    expected: true,
  },
  {
    name: "hide",
    task: { hide: true },
    look: async (label) => {
      const isOffered: boolean[] = [];
      for (const one of [label, label.replace("hide", "detail")]) {
        await w.command("Tasks: Run Task");
        const labels = await listed(one);
        await w.page.keyboard.press("Escape");
        isOffered.push(labels.includes(one));
      }
      return isOffered;
    },
    expected: [false, true],
  },
  {
    name: "detail",
    task: { detail: "What it is for", icon: { id: "beaker", color: "terminal.ansiGreen" } },
    look: async (label) => {
      await w.command("Tasks: Run Task");
      await listed(label);
      const row = w.page.locator(".quick-input-widget .monaco-list-row", { hasText: label });
      await row.first().waitFor({ state: "visible" });
      const seen = [(await row.first().innerText()).includes("What it is for"), await row.first().locator(".codicon-beaker").count()];
      await w.page.keyboard.press("Escape");
      return seen;
    },
    expected: [true, 1],
  },
  {
    name: "icon",
    task: { icon: { id: "beaker", color: "terminal.ansiGreen" } },
    look: async (label, says) => {
      await shownOf(label, says);
      const classes = await w.page.locator(".part.panel").evaluate((panel) => Array.from(panel.querySelectorAll(".codicon-beaker, :has(> .codicon-beaker)"), (element) => element.className).join(" "));
      return /terminal-icon-terminal_ansiGreen/.test(classes) ? "green beaker" : classes;
    },
    expected: "green beaker",
  },
  {
    name: "Rerun Last Task",
    task: {},
    look: async (label, says) => {
      await shownOf(label, says);
      await rerun(says);
      return true;
    },
    expected: true,
  },
  {
    name: "Terminate Task",
    task: { forever: true },
    look: async (label, says) => {
      await w.runTask(label);
      await w.waitForTerminal(new RegExp(`^${says}$`, "m"));
      await w.terminateTask(label);
      await nothingRuns(w.folder);
      return true;
    },
    expected: true,
  },
  {
    name: "Restart Running Task",
    task: { forever: true },
    look: (label, says) =>
      startsOf(label, says, async () => {
        await w.command("Tasks: Restart Running Task");
        if (await w.quickInput.opens(1_000)) await w.quickInput.pick(label);
      }),
    expected: ["start", "start"],
  },
  {
    name: "runOptions.instancePolicy",
    task: { forever: true, runOptions: { instancePolicy: "terminateOldest" } },
    look: (label, says) => startsOf(label, says, () => w.runTask(label)),
    expected: ["start", "start"],
  },
  {
    name: "the mark beside the command",
    task: { exits: 3 },
    look: async (label, says) => {
      await shownOf(label, says);
      const mark = w.page.locator(".terminal-wrapper.active .terminal-command-decoration").last();
      await eventually("it has a mark", async () => /decoration-(error|success)/.test((await mark.getAttribute("class", { timeout: 5_000 })) ?? ""));
      return /decoration-error/.test((await mark.getAttribute("class")) ?? "");
    },
    expected: true,
  },
];

/** The task of a row: it leaves a line in a file of its own when it starts, and one when it ends. */
function taskOf({ name, task: { forever, exits, ...task } }: Row, whose: Whose): Properties {
  const says = `${name} of ${whose}`;
  const rest = forever === true ? FOREVER : `; echo end >> '${file(says)}'; exit ${typeof exits === "number" ? exits : 0}`;
  return { label: `${whose}: ${name}`, type: whose === "ours" ? "cancellable" : "shell", command: `echo start >> '${file(says)}'; echo '${says}'${rest}`, problemMatcher: [], ...task };
}

describe("a person with a built-in task beside one of ours, in VS Code 1.139", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-ui-"));
  const automatic = { name: "runOptions.runOn", task: { runOptions: { runOn: "folderOpen" } } };
  const tasks = [...rows, { ...automatic, look: () => Promise.resolve(), expected: undefined }].flatMap((row) => BOTH.map((whose) => taskOf(row, whose)));
  mkdirSync(join(folder, ".vscode"));
  writeFileSync(join(folder, ".vscode", "tasks.json"), JSON.stringify({ version: "2.0.0", tasks }, undefined, 2));

  useWorkbench({ version: "1.139", vsix: join(projectRoot, "cancellable-tasks.vsix"), folder, theme: "dark", settings: { "task.allowAutomaticTasks": "on" } }, (opened) => void (w = opened));
  after(() => rmSync(folder, { recursive: true }));
  afterEach(() => w.command("Terminal: Kill All Terminals"));

  it(`sees the same: ${automatic.name}`, async () => {
    for (const whose of BOTH) await eventually(`${whose} has run`, () => Promise.resolve(lines(file(`${automatic.name} of ${whose}`)).includes("end")), 30_000);
  });

  for (const { name, look, expected } of rows) {
    it(`sees the same: ${name}`, async () => {
      for (const whose of BOTH) {
        const seen = await look(`${whose}: ${name}`, `${name} of ${whose}`);
        assert.deepEqual(seen, expected, whose);
        await w.command("Terminal: Kill All Terminals");
      }
    });
  }

  it("finds each of them in the documentation", () => {
    const page = readFileSync(join(projectRoot, "docs", "compatibility.md"), "utf8");
    const described = Array.from(page.matchAll(/<!-- seen: (.+?) -->/g), ([, names = ""]) => names.split("; ")).flat();
    assert.deepEqual(described.sort(), [automatic.name, ...rows.map(({ name }) => name)].sort());
  });
});
