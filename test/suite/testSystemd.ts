import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { projectRoot } from "../vscode/projectRoot";
import { IS_SCOPE, TestCgroup } from "./testCgroup";

const USER = 1000;
/** The longest that all the tests in it may take, in milliseconds. */
const LIMIT_MS = 300_000;

const SYSTEMD = ["/lib/systemd/systemd", "/usr/lib/systemd/systemd"].find((path) => existsSync(path));

/** Why no systemd can be started for tests here; undefined where it can. */
function systemdProblem(): string | undefined {
  if (process.platform !== "linux") return "systemd is Linux's";
  // It is the same inside VS Code.
  if (!process.argv.some((word) => word.endsWith("mocha.js"))) return "plain Node runs it";
  if (process.getuid?.() !== 0) return "only root can start a systemd of its own";
  const missing = ["systemd-run", "busctl", "dbus-daemon", "unshare", "setpriv"].filter((name) => !(process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, name))));
  if (SYSTEMD === undefined || missing.length > 0) return `${["systemd", ...missing].join(", ")}: not installed (Debian: systemd, dbus, util-linux)`;
  const namespaces = spawnSync("unshare", ["--cgroup", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"]);
  return namespaces.status === 0 ? undefined : "no namespaces can be made here";
}

/** What a computer with a user who has logged in by SSH has, and no more. */
function unitsFor(work: string, command: string): Readonly<Record<string, string>> {
  const bus = (kind: string, socket: string): Readonly<Record<string, string>> => ({
    "dbus.socket": `[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=${socket}\n`,
    "dbus.service": `[Unit]\nDefaultDependencies=no\nRequires=dbus.socket\nAfter=dbus.socket\n[Service]\nType=notify\nExecStart=dbus-daemon --${kind} --address=systemd: --nofork --nopidfile --systemd-activation --nosyslog\n`,
  });
  const environment = `Environment=XDG_RUNTIME_DIR=/run/user/${USER} HOME=${work}/home`;
  const under = (folder: string, units: Readonly<Record<string, string>>): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(units).map(([name, text]) => [`${folder}/${name}`, text]));
  return {
    ...under("system", {
      ...bus("system", "/run/dbus/system_bus_socket"),
      "default.target": "[Unit]\nWants=dbus.service test.service\n",
      "user@.service": `[Unit]\nAfter=dbus.service\nDefaultDependencies=no\n[Service]\nUser=%i\nType=notify\nDelegate=yes\nKillMode=mixed\nSlice=user-%i.slice\n${environment} SYSTEMD_UNIT_PATH=${work}/user\nExecStart=${SYSTEMD ?? ""} --user\n`,
      // As the session that sshd is in: a cgroup of root's, in the slice of the user.
      "test.service": `[Unit]\nAfter=user@${USER}.service\nRequires=user@${USER}.service\nDefaultDependencies=no\n[Service]\nType=oneshot\nUser=${USER}\nGroup=${USER}\nSlice=user-${USER}.slice\n${environment}\nExecStart=/bin/sh ${command}\nExecStopPost=+/bin/sh -c 'echo "$$EXIT_STATUS" >${work}/status.new; mv ${work}/status.new ${work}/status'\nStandardOutput=append:${work}/output\nStandardError=append:${work}/output\n`,
    }),
    ...under("user", { ...bus("session", `/run/user/${USER}/bus`), "default.target": "[Unit]\nWants=dbus.socket\nAfter=dbus.socket\n" }),
  };
}

/** An ordinary user may not look into root's folders. */
function readProblem(file: string): string | undefined {
  const options = [`--reuid=${USER}`, `--regid=${USER}`, "--clear-groups", "test"];
  const isReadable = spawnSync("setpriv", [...options, "-r", file]).status === 0 && spawnSync("setpriv", [...options, "-x", process.execPath]).status === 0;
  return isReadable ? undefined : `user ${USER} may not read ${file}, or not execute ${process.execPath}`;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * A real systemd with process id 1, in namespaces of its own, and in it that of an ordinary user; nothing of the computer's own is
 * touched. What it runs is where an editor in an SSH session is: in a cgroup of root's, beside that of the user's systemd.
 * @param words a command line, run as that user with this environment
 */
async function underSystemd(words: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<{ readonly status: string; readonly output: string }> {
  const cgroup = TestCgroup.make();
  if (cgroup === undefined) throw new Error("no cgroup can be made here");
  const work = mkdtempSync(join(tmpdir(), "cancellable-tasks-systemd-"));
  chmodSync(work, 0o755);
  for (const name of ["system", "user", "home"]) mkdirSync(join(work, name));
  chownSync(join(work, "home"), USER, USER);
  const variables = Object.entries(environment).flatMap(([name, value]) => (value === undefined || !/^\w+$/.test(name) ? [] : [quoted(`${name}=${value}`)]));
  writeFileSync(join(work, "command"), `exec env ${variables.join(" ")} ${words.map(quoted).join(" ")}\n`);
  for (const [name, text] of Object.entries(unitsFor(work, join(work, "command")))) writeFileSync(join(work, name), text);
  for (const name of ["passwd", "group"]) writeFileSync(join(work, name), withUser(readFileSync(`/etc/${name}`, "utf8"), name));
  const mounts = ["mount --make-rprivate /", "mount -t proc proc /proc", "mount -t cgroup2 none /sys/fs/cgroup", "mount -t tmpfs -o mode=755 none /run", ...["passwd", "group"].map((name) => `mount --bind ${work}/${name} /etc/${name}`)];
  const folders = `mkdir -p /run/dbus /run/systemd/system /run/user/${USER}; chown ${USER}:${USER} /run/user/${USER}; chmod 700 /run/user/${USER}`;
  const boot = `set -e; ${mounts.join("; ")}; ${folders}; exec env -i container=other PATH=/usr/local/bin:/usr/bin:/bin SYSTEMD_UNIT_PATH=${work}/system ${SYSTEMD ?? ""} --system --log-target=console --show-status=no`;
  const unshare = ["unshare", "--cgroup", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", boot];
  const done = new Promise<void>((resolve) => {
    const watcher = watch(work, (_, name) => {
      if (name !== "status") return;
      watcher.close();
      resolve();
    });
  });
  const child = spawn("/bin/sh", ["-c", 'echo 0 >"$0" && exec "$@"', join(cgroup.folder, "cgroup.procs"), ...unshare], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exit = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  try {
    await Promise.race([done, exit]);
    const read = (name: string): string => (existsSync(join(work, name)) ? readFileSync(join(work, name), "utf8") : "");
    return { status: read("status").trim(), output: read("output") || log };
  } finally {
    clearTimeout(timer);
    // With its first process all of the namespace ends.
    child.kill("SIGKILL");
    await exit;
    await cgroup.remove();
    rmSync(work, { recursive: true });
  }
}

/** Runs those tests of a file once more there whose names have this in them; leaves the test out, and says why, where that cannot be. */
export async function passesUnderSystemd(context: Mocha.Context, file: string, grep: string, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  context.timeout(LIMIT_MS);
  const problem = IS_SCOPE || process.env["CANCELLABLE_TASKS_TEST_DELEGATED"] === "yes" ? "it is being tested" : (systemdProblem() ?? readProblem(file));
  if (problem !== undefined) {
    console.log(`      left out: ${problem}`);
    return context.skip();
  }
  const mocha = [process.execPath, "--enable-source-maps", join(projectRoot, "node_modules/mocha/bin/mocha.js"), "--timeout", "20000", "--exit", "--grep", grep, file];
  const { status, output } = await underSystemd(mocha, { ...process.env, ...environment, CANCELLABLE_TASKS_TEST_SYSTEMD: "yes", HOME: undefined, XDG_RUNTIME_DIR: undefined });
  assert.equal(status, "0", output);
  assert.match(output, /[1-9]\d* passing/);
  assert.doesNotMatch(output, /pending|failing/);
}

function withUser(text: string, name: string): string {
  if (new RegExp(`^[^:]*:[^:]*:${USER}:`, "m").test(text)) return text;
  return `${text}tester:x:${USER}:${name === "passwd" ? `${USER}::/tmp:/bin/sh` : ""}\n`;
}
