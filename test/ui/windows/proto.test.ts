import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openWorkbench } from "../workbench";
import { windows } from "./windows";
const SERVER = `
const server = require("node:http").createServer((_, answer) => answer.end()).listen(Number(process.argv[2]), "127.0.0.1", () => console.log("server is up"));
process.on("SIGINT", () => { console.log("good bye"); setTimeout(() => process.exit(0), 300); });
`;
const background = { isBackground: true, problemMatcher: [] };
const tasks = [
  { label: "server", type: "cancellable", command: "node", args: ["server.cjs", "8131"], stdio: "pipe", ...background },
  { label: "ontty", type: "cancellable", command: "node server.cjs 8132 <CONIN$ >CONOUT$ 2>&1", ...background },
  { label: "line", type: "cancellable", command: "(echo a b && ver && echo %PATH%) >CONOUT$", ...background },
];
describe("proto", function () {
  this.timeout(300_000);
  it("works", async () => {
    const machine = windows();
    const folder = mkdtempSync(join(machine.scratch, "f-"));
    mkdirSync(join(folder, ".vscode"));
    writeFileSync(join(folder, ".vscode", "tasks.json"), JSON.stringify({ version: "2.0.0", tasks }));
    writeFileSync(join(folder, "server.cjs"), SERVER);
    const w = await openWorkbench({ version: "1.100", vsix: join(machine.scratch, "windows.vsix"), folder, theme: "light", machine });
    try {
      await w.openView("Runs");
      await w.screenshot("win-0");
      for (const t of tasks) { await w.runTask(t.label); await new Promise((r) => setTimeout(r, 6000)); await w.screenshot("win-" + t.label); console.log(await w.terminalText(), await w.treeItems("Runs")); }
    } catch (e) { console.log(e); await w.screenshot("win-fail"); throw e; } finally { await w.close(); }
  });
});
