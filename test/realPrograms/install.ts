import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "./program";
import { home } from "./trial";

/** The Debian package of each executable that a program may need. */
const PACKAGES: Readonly<Record<string, string>> = {
  "/usr/bin/celery": "celery",
  "/usr/bin/dbus-daemon": "dbus",
  "/usr/bin/dumb-init": "dumb-init",
  "/usr/bin/entr": "entr",
  "/usr/bin/foreman": "ruby-foreman",
  "/usr/bin/gdb": "gdb",
  "/usr/bin/gunicorn": "gunicorn",
  "/usr/bin/jupyter-server": "jupyter-server",
  "/usr/bin/less": "less",
  "/usr/bin/make": "make",
  "/usr/bin/memcached": "memcached",
  "/usr/bin/php": "php-cli",
  "/usr/bin/python3": "python3",
  "/usr/bin/redis-server": "redis-server",
  "/usr/bin/runsvdir": "runit",
  "/usr/bin/screen": "screen",
  "/usr/bin/socat": "socat",
  "/usr/bin/ssh-agent": "openssh-client",
  "/usr/bin/strace": "strace",
  "/usr/bin/sudo": "sudo",
  "/usr/bin/supervisord": "supervisor",
  "/usr/bin/tini": "tini",
  "/usr/bin/tmux": "tmux",
  "/usr/bin/top": "procps",
  "/usr/bin/vim.tiny": "vim-tiny",
  "/usr/lib/postgresql/15/bin/postgres": "postgresql-15",
  "/usr/lib/python3/dist-packages/django": "python3-django",
  "/usr/lib/python3/dist-packages/flask": "python3-flask",
  "/usr/lib/python3/dist-packages/IPython": "ipython3",
  "/usr/lib/python3/dist-packages/uvicorn": "python3-uvicorn",
  "/usr/sbin/haproxy": "haproxy",
  "/usr/sbin/lighttpd": "lighttpd",
  "/usr/sbin/mariadbd": "mariadb-server",
  "/usr/sbin/mosquitto": "mosquitto",
  "/usr/sbin/nginx": "nginx-light",
};
/** Asked by Debian's packages whether they may start what they bring: 101 is no. */
const POLICY = "/usr/sbin/policy-rc.d";

/** Installs what these programs need, once. Throws an Error with one sentence when npm fails; what Debian does not give is left out (`missingFor`). */
export function install(programs: readonly Program[]): void {
  installFromNpm();
  const missing = new Set(programs.flatMap((program) => (program.needs ?? []).filter((file) => !existsSync(file))));
  const packages = [...missing].flatMap((file) => PACKAGES[file] ?? []);
  if (packages.length > 0 && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) installFromDebian(packages);
}

/** @returns why a program cannot be run here, or undefined */
export function missingFor(program: Program): string | undefined {
  const missing = (program.needs ?? []).filter((file) => !existsSync(file));
  if (missing.length === 0) return undefined;
  const packages = missing.map((file) => PACKAGES[file] ?? file).join(", ");
  return `needs ${packages}${process.getuid?.() === 0 ? ", which apt-get could not install" : ": install it, or run this as root on Debian"}`;
}

function installFromNpm(): void {
  const stamp = join(home, "node_modules", ".cancellable-tasks-stamp");
  const hash = createHash("sha256").update(readFileSync(join(home, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  console.log("Installing programs from the npm registry (once, some 900 MB on the disk) ...");
  // npm hands its own settings down through npm_* variables; those of an outer "npm run" are not meant for this folder.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(registry|cache|userconfig))/i.test(name)));
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: home, env });
  writeFileSync(stamp, hash);
}

function installFromDebian(packages: readonly string[]): void {
  console.log(`Installing ${packages.join(", ")} from Debian ...`);
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    run("apt-get", ["update", "-qq"], { env });
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env });
  } catch (error) {
    console.log(String(error)); // The programs that need it are told as skipped.
  } finally {
    if (isOurs) rmSync(POLICY, { force: true });
  }
}

function run(command: string, args: readonly string[], options: { cwd?: string; env: NodeJS.ProcessEnv }): void {
  const { status, error } = spawnSync(command, args, { ...options, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`"${command} ${args.join(" ")}" failed: ${error?.message ?? `exit code ${String(status)}`}.`);
}
