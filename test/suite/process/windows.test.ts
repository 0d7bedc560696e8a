import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseNetstat, parseProcesses } from "../../../src/taskRunner/process/windows";
import { projectRoot } from "../../vscode/projectRoot";

function fixture(name: string): string {
  return readFileSync(join(projectRoot, "test/suite/process/fixtures", name), "utf8");
}

const node = { pid: 4242, ppid: 1200, pgid: 0, sid: undefined, zombie: false, stopped: false, start: 1_726_316_096_789, name: "node.exe", command: "node server.js" };
const row = { ProcessId: 4242, ParentProcessId: 1200, Name: "node.exe", CommandLine: "node server.js " };

describe("the process table of Windows", () => {
  for (const [version, date] of [
    ["PowerShell 5.1", "/Date(1726316096789)/"],
    ["PowerShell 5.1, as an object", { value: "/Date(1726316096789)/", DisplayHint: 2, DateTime: "Saturday, September 14, 2024 12:14:56 PM" }],
    ["PowerShell 7", "2024-09-14T12:14:56.789Z"],
  ] as const) {
    it(`reads the creation time as ${version} writes it`, () => {
      assert.deepEqual(parseProcesses(JSON.stringify([{ ...row, CreationDate: date }])), [node]);
    });
  }

  it("reads a lone process, and one behind a byte order mark", () => {
    const one = JSON.stringify({ ...row, CreationDate: "/Date(1726316096789)/" });
    assert.deepEqual(parseProcesses(one), [node]);
    assert.deepEqual(parseProcesses(`\uFEFF${one}`), [node]);
  });

  it("calls somebody else's process, whose command line is hidden, by its name", () => {
    const [found] = parseProcesses(JSON.stringify([{ ...row, CommandLine: null, CreationDate: "/Date(1726316096789)/" }]));
    assert.equal(found?.command, "node.exe");
  });

  it("leaves out what has no creation time, as the System Idle Process, and what is no process at all", () => {
    assert.deepEqual(parseProcesses(JSON.stringify([{ ...row, ProcessId: 0, CreationDate: null }, null, 5, {}])), []);
    assert.deepEqual(parseProcesses(""), []);
    assert.deepEqual(parseProcesses("Get-CimInstance : Access denied"), []);
  });

  it("finds the ports that listen, over IPv4 and IPv6, each once", () => {
    assert.deepEqual([...parseNetstat(fixture("netstat-en.txt"))], [[1000, [135]], [4, [445, 5357]]]);
  });

  it("takes no connection for a listener, in whatever language", () => {
    assert.deepEqual([...parseNetstat(fixture("netstat-zh.txt"))], []);
    assert.deepEqual([...parseNetstat("  TCP    0.0.0.0:80    0.0.0.0:0    ABHÖREN    7\r\n")], [[7, [80]]]);
  });
});
