import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { basename, join, relative } from "node:path";
import { settledWithin } from "../base/deadline";
import { withoutLeakedFds } from "../base/leakedFds";
import { ownCgroup } from "./cgroupMount";
import { probe, type Mover } from "./cgroupProbe";
import type { NoScope } from "./container";

/** systemd's programs, wherever an editor's PATH leads. */
const BINARIES = ["/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin"];
/** How long making a scope may take, for which the first run waits (ms), and how long having one process moved, for which its run does (s). */
const SCOPE_MS = 2000;
const MOVE_S = 2;

/** Says where it is, and lives as long as its input is open: as long as this process does. */
const KEEPER = 'while read -r line; do case $line in 0::*) echo "$line"; esac; done </proc/self/cgroup; read -r line';

/** A scope that the user's systemd has made for this process: a cgroup that belongs to the user, so that others can be made in it. */
export interface UserScope {
  readonly folder: string;
  readonly unit: string;
  /** How a process of ours gets into a cgroup in it; undefined where it may enter by itself. */
  readonly mover: Mover | undefined;
  /** Resolves when the process that keeps it has ended. */
  readonly ended: Promise<unknown>;
  /** Lets it go, without waiting for our own end. */
  close(): void;
}

type Entrance = Pick<UserScope, "folder" | "mover">;

/**
 * Makes a scope, and finds out how it is entered. One process keeps it, a sleeping shell. When that has gone, with this process or before,
 * systemd removes the scope as soon as nothing lives in it. Rejects where no process can be started at this moment.
 */
export async function openUserScope(): Promise<UserScope | NoScope> {
  const runtime = process.env["XDG_RUNTIME_DIR"] ?? `/run/user/${process.getuid?.() ?? ""}`;
  const systemdRun = find("systemd-run");
  if (systemdRun === undefined || !existsSync(join(runtime, "systemd/private"))) return "noManager";
  const unit = `cancellable-tasks-${randomBytes(8).toString("hex")}.scope`;
  const keeper = keep(systemdRun, unit, runtime);
  const ended = new Promise<undefined>((resolve) => {
    for (const event of ["error", "exit"]) keeper.once(event, () => resolve(undefined));
  });
  await once(keeper, "spawn");
  const made = await settledWithin(SCOPE_MS, () => Promise.race([firstLine(keeper), ended]));
  const path = made.kind === "done" ? /^0::(\/.*)$/.exec(made.value ?? "")?.[1] : undefined;
  const notMade = made.kind === "late" ? "late" : "notMade";
  let place: Entrance | NoScope = notMade;
  try {
    if (path !== undefined && basename(path) === unit) place = await findEntry(path);
  } finally {
    if (typeof place === "string") keeper.kill("SIGKILL");
  }
  if (typeof place === "string") return place;
  // What it is for does not keep this process alive.
  keeper.unref();
  (keeper.stdin as Socket | null)?.unref();
  keeper.stdout?.destroy();
  return { ...place, unit, ended, close: () => keeper.stdin?.end() };
}

/** To delegate it without controllers: systemd leaves alone what is made in it, and does not stop all of it when one process is out of memory. */
function keep(systemdRun: string, unit: string, runtime: string): ChildProcess {
  const options = ["--user", "--scope", "--quiet", "--collect", `--unit=${unit}`, "--description=Tasks of Visual Studio Code", "--property=Delegate="];
  const keeper = spawn(systemdRun, [...options, "--", "/bin/sh", "-c", KEEPER], {
    cwd: "/",
    env: { ...process.env, XDG_RUNTIME_DIR: runtime },
    stdio: withoutLeakedFds(["pipe", "pipe", "ignore"]),
    // What is typed at the editor's own terminal is not for it.
    detached: true,
  });
  keeper.stdin?.on("error", () => undefined);
  return keeper;
}

async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  const [chunk] = (await once(stdout, "data")) as [Buffer];
  return chunk.toString().trim();
}

async function findEntry(path: string): Promise<Entrance | NoScope> {
  const found = ownCgroup(`0::${path}\n`, readFileSync("/proc/self/mountinfo", "utf8"));
  if (found.kind !== "found") return "notMade";
  const { folder } = found;
  const problem = await probe(folder);
  if (problem === undefined) return { folder, mover: undefined };
  const mover = moverIn(path, folder);
  const moverProblem = mover === undefined ? problem : await probe(folder, mover);
  if (moverProblem !== undefined) return moverProblem.kind === "late" ? "late" : "notEntered";
  return { folder, mover };
}

/**
 * No process of ours may enter a scope by itself where only a cgroup of root's is above both it and ours (cgroups(7), "Delegation containment"), as
 * in an SSH session. The system's own systemd moves it, as it does for systemd-run: it lets each user do so within what it has delegated to him.
 * Should it not answer in time, the process stays where it is.
 * @param path of the scope, from the root of all cgroups
 * @param scope its folder
 */
export function moverIn(path: string, scope: string): Mover | undefined {
  const [, manager, below] = /\/(user@\d+\.service)(\/.*)$/.exec(path) ?? [];
  const [busctl, env, timeout] = ["busctl", "env", "timeout"].map(find);
  if (manager === undefined || below === undefined || busctl === undefined || env === undefined) return undefined;
  const bounded = timeout === undefined ? [] : [timeout, "--foreground", "--signal=KILL", String(MOVE_S)];
  const call = ["org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "AttachProcessesToUnit", "ssau", manager];
  return (folder) => [env, "-i", ...bounded, busctl, "--system", "--quiet", `--timeout=${MOVE_S}`, "call", ...call, join(below, relative(scope, folder)), "1"];
}

function find(name: string): string | undefined {
  return BINARIES.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
