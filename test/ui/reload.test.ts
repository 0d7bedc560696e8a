// A window that is reloaded while tasks run.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectRoot } from "../vscode/projectRoot";
import { eventually, isListening, killLeftovers, shows, taskProcesses } from "./taskProcesses";
import { openWorkbench, type Workbench } from "./workbench";

const PORT = 8129;
/** Frees its port 1.5 s after it was asked to stop; a second one that is too early fails. */
const SERVER = `
const { appendFileSync } = require("node:fs");
const server = require("node:http").createServer((_, answer) => answer.end()).listen(${PORT}, "127.0.0.1", () => { appendFileSync("starts", "up\\n"); console.log("server is up"); });
server.on("error", (error) => { appendFileSync("starts", error.code + "\\n"); process.exit(1); });
process.on("SIGINT", () => setTimeout(() => process.exit(0), 1500));
`;
const background = { isBackground: true, problemMatcher: [], presentation: { panel: "new" } };
const tasks = [
  { label: "server", type: "cancellable", command: "node", args: ["server.cjs"], ...background },
  { label: "not in the background", type: "cancellable", command: "echo once >> once; echo once is up; exec sleep 300", problemMatcher: [], presentation: { panel: "new" } },
  { label: "built in", type: "shell", command: "echo built in is up; exec sleep 301", ...background },
];

for (const version of ["1.139", "1.100"] as const) {
  describe(`a person who reloads the window of VS Code ${version}`, function () {
    this.timeout(120_000);
    let w: Workbench;
    let folder: string;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-ui-"));
      mkdirSync(join(folder, ".vscode"));
      writeFileSync(join(folder, ".vscode", "tasks.json"), JSON.stringify({ version: "2.0.0", tasks }));
      writeFileSync(join(folder, "server.cjs"), SERVER);
      w = await openWorkbench({ version, vsix: join(projectRoot, "cancellable-tasks.vsix"), folder, theme: "light" });
      await w.openView("Runs");
    });
    afterEach(async () => {
      await w.kill();
      await killLeftovers(w.folder);
      rmSync(folder, { recursive: true });
    });

    async function run(label: string): Promise<void> {
      await w.runTask(label);
      await w.waitForTerminal(shows(label, `${label === "not in the background" ? "once" : label} is up`));
    }

    /** What each start of the server has come to, once it is up again. */
    async function untilServerIsUpAgain(): Promise<void> {
      await eventually("the server is up again", async () => starts().length > 1 && (await isListening(PORT)), 40_000);
      await eventually("its row says that it runs", async () => (await w.treeItems("Runs")).some(({ label, description }) => label === "server" && description.startsWith("running")));
      assert.deepEqual(starts(), ["up", "up"]);
      assert.equal((await taskProcesses(w.folder)).filter(({ command }) => command.includes("server.cjs")).length, 1);
    }

    function starts(): string[] {
      return readFileSync(join(w.folder, "starts"), "utf8").trim().split("\n");
    }

    it("has the background task again, once and with its port, and no other one", async () => {
      await run("not in the background");
      await run("server");
      await w.reload();
      await untilServerIsUpAgain();
      await w.waitForTerminal(shows("server", "▲ started again, because its last run was stopped when the window was reloaded[^]*server is up"));
      assert.equal(readFileSync(join(w.folder, "once"), "utf8"), "once\n");
      await w.screenshot(`reloaded-${version}`);
    });

    // 1.100 has no terminals of its own here: its node-pty is not built.
    if (version === "1.139") {
      it("has it once also when VS Code starts it anew with its own tasks", async () => {
        await w.runTask("built in");
        await w.waitForTerminal(/^built in is up/m);
        await run("server");
        await w.reload();
        await untilServerIsUpAgain();
        // VS Code has taken up its own one again, and so has started what it wanted to start.
        await eventually("VS Code's own task is there", async () => (await w.terminal.names()).some((name) => name.includes("built in")), 40_000);
        await untilServerIsUpAgain();
      });

      it("has it not again when VS Code is not to take up tasks", async () => {
        writeFileSync(join(w.folder, ".vscode", "settings.json"), JSON.stringify({ "task.reconnection": false }));
        await run("server");
        await w.reload();
        // A page that is reloaded cannot always say so: VS Code then lets the old extension host live on, with its tasks, and the run is shown.
        const livesOn = async (): Promise<boolean> => (await w.treeItems("Runs")).some(({ label, description }) => label === "server" && description.startsWith("in another window"));
        await eventually("the server has ended, or is shown as another window's", async () => (await taskProcesses(w.folder)).length === 0 || (await livesOn()), 60_000);
        await run("not in the background");
        assert.deepEqual(starts(), ["up"]);
      });
    }
  });
}
