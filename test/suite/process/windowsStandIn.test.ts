// The helper for Windows itself, with a stand-in for the system's functions that runs anywhere.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { isReached } from "../../../src/taskRunner/process/win32/protocol";
import { WindowsHelper } from "../../../src/taskRunner/process/win32/windowsHelper";
import { projectRoot } from "../../vscode/projectRoot";

/** The processes that there are, each with its own pid as its handle: those of the file beside it. All were started when the epoch of Windows began. */
const SYSTEM = `
  const { readFileSync } = require("fs");
  const pids = () => JSON.parse(readFileSync(__dirname + "/processes.json"));
  const functions = {
    OpenProcess: (_access, _inherit, pid) => (pids().includes(pid) ? pid : 0),
    WaitForSingleObject: (handle) => (pids().includes(handle) ? 258 : 0),
    AttachConsole: (pid) => (pid === FATAL ? process.exit(1) : Number(pid !== NO_CONSOLE)),
    GetConsoleProcessList: () => 0,
  };
  module.exports = { load: () => ({ func: (signature) => functions[/(\\w+)\\(/.exec(signature)[1]] ?? (() => 1) }) };
`;
const START = Date.UTC(1601, 0, 1);
const NO_CONSOLE = 44;
/** The end of the program that asks for its console. */
const FATAL = 45;

describe("The helper for Windows, with a stand-in for the system", function () {
  let folder: string;
  let helper: WindowsHelper;
  before(function () {
    // It has the system itself there (windows/helper.test.ts).
    if (process.platform === "win32") this.skip();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    const script = join(folder, "helper.js");
    await build({ absWorkingDir: projectRoot, entryPoints: ["src/taskRunner/process/win32/helper.ts"], outfile: script, bundle: true, platform: "node", external: ["@koromix/*"] });
    const koffi = join(folder, "node_modules", "@koromix", `koffi-win32-${process.arch}`);
    mkdirSync(koffi, { recursive: true });
    writeFileSync(join(koffi, "index.js"), SYSTEM.replaceAll("__dirname", JSON.stringify(folder)).replaceAll("NO_CONSOLE", String(NO_CONSOLE)).replaceAll("FATAL", String(FATAL)));
    helper = new WindowsHelper(script);
    assert.equal(await helper.start(), undefined);
  });
  afterEach(() => {
    helper.kill();
    rmSync(folder, { recursive: true });
  });

  function setProcesses(pids: readonly number[]): void {
    writeFileSync(join(folder, "processes.json"), JSON.stringify(pids));
  }

  it("sends Ctrl+C to the processes that are meant, and to none that has the number of one that is gone", async () => {
    setProcesses([42, 43]);
    assert.deepEqual(await helper.ask({ op: "interrupt", processes: [[42, START - 1], [43, START], [46, START]] }, isReached), [[43, true]]);
  });

  it("tells whom Ctrl+C has not reached though it lives", async () => {
    setProcesses([42, NO_CONSOLE]);
    assert.deepEqual(await helper.ask({ op: "interrupt", processes: [[42, START], [NO_CONSOLE, START]] }, isReached), [[42, true], [NO_CONSOLE, false]]);
  });

  it("says so when the program that sends Ctrl+C has ended without it", async () => {
    setProcesses([FATAL]);
    await assert.rejects(helper.ask({ op: "interrupt", processes: [[FATAL, START]] }, isReached), /has been ended/);
  });
});
