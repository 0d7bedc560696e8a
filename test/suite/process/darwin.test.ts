import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFileSync, closeSync, fstatSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { darwinTable, parseLsofFiles, parseLsofPorts, parsePs, parsePsEnvironment } from "../../../src/taskRunner/process/darwin";
import { projectRoot } from "../../vscode/projectRoot";

const hasLsof = spawnSync("lsof", ["-v"]).error === undefined;

function fixture(name: string): string {
  return readFileSync(join(projectRoot, "test/suite/process/fixtures", name), "utf8");
}

describe("the process table of macOS", () => {
  it("reads the columns that ps(1) documents, and leaves other lines out", () => {
    const text = [
      "  501     1   501 Ss   Mon Nov  3 09:15:02 2025     /usr/libexec/trustd --agent",
      "93411   501 93411 Z    Sat Nov 15 23:59:59 2025     (node)",
      "93412   501 93411 T+   Sat Nov 15 23:59:59 2025     /Applications/My App.app/Contents/MacOS/My App --x",
      "garbage",
      "1 2 3 S no date at all here x",
      "",
    ].join("\n");
    const [first, second, third, ...more] = parsePs(text);
    const start = Date.parse("Nov 3 2025 09:15:02") / 1000;
    assert.deepEqual(first, { pid: 501, ppid: 1, pgid: 501, sid: undefined, zombie: false, stopped: false, start, name: "trustd", command: "/usr/libexec/trustd --agent" });
    assert.deepEqual([second?.pid, second?.zombie, second?.command], [93411, true, "(node)"]);
    assert.deepEqual([third?.stopped, third?.command, more], [true, "/Applications/My App.app/Contents/MacOS/My App --x", []]);
  });

  it("reads start times as ps has been seen to print them", () => {
    const rows = fixture("ps-lstart.txt").split("\n").slice(1).map((line) => line.replace(/^\S+\s+(\d+)\s+(\d+)\s+(.*\d{4})\s+\S+\s+/, "$1 $2 $1 Ss $3 "));
    const found = parsePs(rows.join("\n"));
    assert.deepEqual(found.map(({ pid, ppid, name }) => [pid, ppid, name]), [[1, 0, "systemd"], [2, 0, "[kthreadd]"], [8, 2, "0:0H-events_highpri]"]]);
    assert.ok(found.every(({ start }) => start === Date.parse("Jun 16 2025 14:23:09") / 1000));
  });

  it("sees an entry of the environment only as a whole word", () => {
    const text = "  12 /bin/sleep 60 HOME=/Users/a MARKER=1 X=2\n  13 sleep 60 MARKER=12\n  14 sh -c MARKER=1x\n";
    assert.deepEqual([...parsePsEnvironment(text, "MARKER")], [[12, "1"], [13, "12"], [14, "1x"]]);
    assert.deepEqual([...parsePsEnvironment("", "MARKER")], []);
  });

  it("finds descriptors by device and inode, and by the inode alone where lsof tells no device", () => {
    const text = ["p12", "fcwd", "a ", "tDIR", "D0x1000004", "i2", "f1", "aw", "tFIFO", "D0x1000004", "i77", "f9", "ar", "tFIFO", "i77", "p13", "f2", "au", "tFIFO", "D0x5", "i77", "f3", "tREG", ""].join("\n");
    const file = { dev: 0x1000004, ino: 77 };
    assert.deepEqual([...parseLsofFiles(text, [file])], [[12, [{ fd: 1, file, writable: true }, { fd: 9, file, writable: false }]]]);
    assert.deepEqual([...parseLsofFiles("", [file])], []);
  });

  it("finds ports, over IPv4 and IPv6, each once", () => {
    const text = ["p12", "f20", "n127.0.0.1:3000", "f21", "n[::1]:3000", "f22", "n*:80", "p13", "f4", "n", ""].join("\n");
    assert.deepEqual([...parseLsofPorts(text)], [[12, [80, 3000]]]);
  });

  it("starts no tool where there is nobody to ask about", async () => {
    assert.deepEqual([(await darwinTable.markers([], "A")).size, (await darwinTable.holders([], [{ dev: 1, ino: 1 }])).size, (await darwinTable.ports([])).size], [0, 0, 0]);
    assert.deepEqual(await darwinTable.describe([]), []);
  });

  it("reads what the real lsof prints", async function () {
    if (!hasLsof) this.skip();
    const path = join(tmpdir(), `cancellable-tasks-lsof-${process.pid}`);
    const fd = openSync(path, "w");
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { dev, ino } = fstatSync(fd);
      const run = promisify(execFile);
      const [files, ports] = await Promise.all([run("lsof", ["-nP", "-F", "pfatDi", "-p", String(process.pid)]), run("lsof", ["-nP", "-a", "-p", String(process.pid), "-iTCP", "-sTCP:LISTEN", "-F", "pfn"])]);
      assert.deepEqual(parseLsofFiles(files.stdout, [{ dev, ino }]).get(process.pid), [{ fd, file: { dev, ino }, writable: true }]);
      assert.ok(parseLsofPorts(ports.stdout).get(process.pid)?.includes((server.address() as { port: number }).port));
    } finally {
      closeSync(fd);
      rmSync(path);
      server.close();
      await once(server, "close");
    }
  });
});
