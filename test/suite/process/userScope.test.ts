// The scope that a user's systemd makes for a window, where nothing can be made in the editor's own cgroup.
import assert from "node:assert/strict";
import childProcess, { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CgroupContainment } from "../../../src/taskRunner/process/cgroupContainment";
import type { Container } from "../../../src/taskRunner/process/container";
import { moverIn, openUserScope } from "../../../src/taskRunner/process/userScope";
import { IS_SCOPE } from "../testCgroup";
import { passesUnderSystemd } from "../testSystemd";

const SYSTEMD_RUN = "/usr/bin/systemd-run";

describe("A scope of the user's systemd", () => {
  let folder: string;
  const runtime = process.env["XDG_RUNTIME_DIR"];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    process.env["XDG_RUNTIME_DIR"] = folder;
  });
  afterEach(() => {
    if (runtime === undefined) delete process.env["XDG_RUNTIME_DIR"];
    else process.env["XDG_RUNTIME_DIR"] = runtime;
    rmSync(folder, { recursive: true });
  });

  it("is not there where none runs, and nothing is started to find that out", async () => {
    assert.equal(await openUserScope(), "noManager");
  });

  it("is not waited for any longer when it does not answer", async function () {
    if (process.platform !== "linux" || !existsSync(SYSTEMD_RUN)) {
      console.log("      left out: systemd-run is not installed");
      return this.skip();
    }
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket));
    mkdirSync(join(folder, "systemd"));
    await new Promise<void>((resolve) => void server.listen(join(folder, "systemd/private"), resolve));
    assert.equal(await openUserScope(), "late");
    assert.equal(sockets.length, 1);
    // It has been killed.
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve).resume())));
    server.close();
  });

  it("is not taken for one that cannot be made when the system could not start a process", async function () {
    if (!existsSync(SYSTEMD_RUN)) return this.skip();
    mkdirSync(join(folder, "systemd"));
    writeFileSync(join(folder, "systemd/private"), "");
    const { spawn } = childProcess;
    // In whatever way: some errors are thrown, others told by an event.
    const throwing = (): never => {
      throw Object.assign(new Error("spawn ENOMEM"), { code: "ENOMEM" });
    };
    const telling = ((_file: string, args: string[], options: childProcess.SpawnOptions) => spawn(join(folder, "missing"), args, options)) as typeof spawn;
    try {
      for (const [failing, code] of [[throwing, "ENOMEM"], [telling, "ENOENT"]] as const) {
        childProcess.spawn = failing;
        await assert.rejects(openUserScope(), { code });
      }
    } finally {
      childProcess.spawn = spawn;
    }
  });

  it("is entered by what the system's systemd may move into it, wherever a run's cgroup is in it", function () {
    const scope = "/sys/fs/cgroup/user.slice/user-7.slice/user@7.service/app.slice/x.scope";
    const mover = moverIn("/user.slice/user-7.slice/user@7.service/app.slice/x.scope", scope);
    if (mover === undefined) return this.skip();
    assert.deepEqual(mover(join(scope, "a/b")).slice(-4), ["ssau", "user@7.service", "/app.slice/x.scope/a/b", "1"]);
  });

  it("that is no part of what is delegated to a user is not entered", () => {
    assert.equal(moverIn("/system.slice/x.scope", "/sys/fs/cgroup/system.slice/x.scope"), undefined);
  });
});

if (IS_SCOPE) describe("A window's scope, in an SSH session", () => {
  async function open(containment: CgroupContainment, id: string): Promise<Container> {
    assert.equal(await containment.available(), undefined);
    const opened = await containment.open(id);
    return "folder" in opened ? opened : assert.fail(JSON.stringify(opened));
  }

  const systemctl = (...args: string[]): string => spawnSync("systemctl", ["--user", ...args], { encoding: "utf8" }).stdout;

  it("is one for all of its runs, also for those that begin at once", async () => {
    const containment = new CgroupContainment();
    const [first, second] = await Promise.all([open(containment, "aa"), open(containment, "bb")]);
    assert.equal(first.scope?.unit, second.scope?.unit);
    const { unit, because } = first.scope ?? assert.fail("it is in no scope");
    assert.deepEqual(because, { kind: "refused", code: "EACCES" });
    const units = systemctl("list-units", "--type=scope", "--plain", "--no-legend").split("\n").filter((line) => line.startsWith("cancellable-tasks-"));
    assert.equal(units.filter((line) => line.startsWith(unit)).length, 1);
    assert.match(systemctl("show", unit, "-p", "Delegate", "-p", "DelegateControllers", "-p", "OOMPolicy"), /^OOMPolicy=continue\nDelegate=yes\nDelegateControllers=\n$/m);
    systemctl("stop", unit);
  });

  it("is another one when its user has stopped it", async () => {
    const containment = new CgroupContainment();
    const first = await open(containment, "aa");
    systemctl("stop", first.scope?.unit ?? "");
    const next = await open(containment, "bb");
    assert.notEqual(next.scope?.unit, first.scope?.unit);
    systemctl("stop", next.scope?.unit ?? "");
  });

  it("leaves this process where it is", async () => {
    const own = readFileSync("/proc/self/cgroup", "utf8");
    const { scope } = await open(new CgroupContainment(), "aa");
    assert.equal(readFileSync("/proc/self/cgroup", "utf8"), own);
    systemctl("stop", scope?.unit ?? "");
  });

  it("goes when it is let go, and nothing of it is left", async () => {
    const scope = await openUserScope();
    if (typeof scope === "string") return assert.fail(scope);
    assert.deepEqual(readdirSync(scope.folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()), []);
    scope.close();
    await scope.ended;
    while (existsSync(scope.folder)) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.doesNotMatch(systemctl("list-units", "--all", "--type=scope"), new RegExp(scope.unit));
  });
});

describe("A window in an SSH session", () => {
  it("has a scope of its own", async function () {
    await passesUnderSystemd(this, __filename, "A window's scope, in an SSH session");
  });
});
