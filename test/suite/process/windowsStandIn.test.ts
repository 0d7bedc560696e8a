// The helper for Windows itself, with a stand-in for the system's functions that runs anywhere.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { isReached, isRow } from "../../../src/taskRunner/process/win32/protocol";
import { WindowsHelper } from "../../../src/taskRunner/process/win32/windowsHelper";
import { projectRoot } from "../../vscode/projectRoot";

/**
 * The processes that there are, each with its own pid as its handle: those of the file beside it. All were started when the epoch of
 * Windows began, and are in the job, which tells nothing. A command that is started is the first.
 */
const SYSTEM = `
  const { readFileSync } = require("fs");
  const pids = () => JSON.parse(readFileSync(__dirname + "/processes.json"));
  let listed = [];
  const next = (_snapshot, entry) => (listed.length === 0 ? 0 : entry.writeUInt32LE(listed.shift(), 8));
  const functions = {
    CreateProcessW: (...args) => args.at(-1).writeBigInt64LE(BigInt(pids()[0])) && args.at(-1).writeUInt32LE(pids()[0], 16),
    CreateToolhelp32Snapshot: () => (listed = pids()).length + 1,
    Process32FirstW: next,
    Process32NextW: next,
    QueryInformationJobObject(_job, _kind, list) {
      list.writeUInt32LE(pids().length, 0);
      list.writeUInt32LE(pids().length, 4);
      pids().forEach((pid, i) => list.writeBigUInt64LE(BigInt(pid), 8 + 8 * i));
      return 1;
    },
    OpenProcess: (_access, _inherit, pid) => (pids().includes(pid) ? pid : 0),
    WaitForSingleObject: (handle) => (pids().includes(handle) ? 258 : 0),
    AttachConsole: (pid) => (pid === FATAL ? process.exit(1) : Number(pid !== NO_CONSOLE)),
    GetConsoleProcessList: () => 0,
  };
  module.exports = { load: () => ({ func: (signature) => Object.assign(functions[/(\\w+)\\(/.exec(signature)[1]] ?? (() => 1), { async: () => undefined }) }) };
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

  /** Resolves when this many are said to be in a job. */
  function told(count: number): Promise<readonly number[]> {
    return new Promise((resolve) => {
      const listening = helper.onEvent((event) => {
        if (event.event !== "members" || event.rows.length !== count) return;
        listening.dispose();
        resolve(event.rows.map(([pid]) => pid));
      });
    });
  }

  function setProcesses(pids: readonly number[]): void {
    // Never half of it.
    writeFileSync(join(folder, "processes.new"), JSON.stringify(pids));
    renameSync(join(folder, "processes.new"), join(folder, "processes.json"));
  }

  it("sends Ctrl+C to the processes that are meant, and to none that has the number of one that is gone", async () => {
    setProcesses([42, 43]);
    assert.deepEqual(await helper.ask({ op: "interrupt", processes: [[42, START - 1], [43, START], [46, START]] }, isReached), [[43, true]]);
  });

  it("tells whom Ctrl+C has not reached though it lives", async () => {
    setProcesses([42, NO_CONSOLE]);
    assert.deepEqual(await helper.ask({ op: "interrupt", processes: [[42, START], [NO_CONSOLE, START]] }, isReached), [[42, true], [NO_CONSOLE, false]]);
  });

  it("tells who is in a job, and that it is empty, where the system's message has been lost", async () => {
    setProcesses([42]);
    helper.post({ op: "open", run: "a" });
    await helper.ask({ op: "launch", run: "a", file: "x", line: "x", dir: "", env: [], streams: [null, null, null] }, isRow);
    for (const pids of [[42, 43], [43], []]) {
      setProcesses(pids);
      assert.deepEqual(await told(pids.length), pids);
    }
  });

  it("says so when the program that sends Ctrl+C has ended without it", async () => {
    setProcesses([FATAL]);
    await assert.rejects(helper.ask({ op: "interrupt", processes: [[FATAL, START]] }, isReached), /has been ended/);
  });
});
