import { readdir, readFile, readlink } from "node:fs/promises";
import { connect } from "node:net";

/** How long a test waits for what VS Code shows and does, also on a slow machine. */
export const PATIENCE_MS = 30_000;

export interface TaskProcess {
  readonly pid: number;
  readonly command: string;
}

/** The live processes of tasks that run in this folder: with the mark of a run, and with their working directory there. */
export async function taskProcesses(folder: string): Promise<TaskProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => read(pid, folder)));
  return found.filter((process) => process !== undefined);
}

async function read(pid: string, folder: string): Promise<TaskProcess | undefined> {
  try {
    const cwd = await readlink(`/proc/${pid}/cwd`);
    const environ = await readFile(`/proc/${pid}/environ`, "utf8");
    if (!cwd.startsWith(folder) || !environ.includes("CANCELLABLE_TASKS_RUN=")) return undefined;
    const command = (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
    return command === "" ? undefined : { pid: Number(pid), command }; // A zombie has no command line.
  } catch {
    return undefined; // It has ended meanwhile.
  }
}

/** Resolves when the condition holds; throws with `what` when it does not within this time in ms. */
export async function eventually(what: string, holds: () => Promise<boolean>, within = PATIENCE_MS): Promise<void> {
  const deadline = Date.now() + within;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`It did not come about that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** @param within ms */
export async function nothingRuns(folder: string, within?: number): Promise<void> {
  let left: readonly { readonly pid: number; readonly command: string }[] = [];
  try {
    await eventually("no process of a task is left", async () => (left = await taskProcesses(folder)).length === 0, within);
  } catch (error) {
    throw new Error(`${(error as Error).message} There are ${left.map(({ pid, command }) => `\`${command}\` (pid ${pid})`).join(", ")}.`, { cause: error });
  }
}

/** Ends what a test has left running on purpose. */
export async function killLeftovers(folder: string): Promise<void> {
  for (const { pid } of await taskProcesses(folder)) process.kill(pid, "SIGKILL");
  await nothingRuns(folder);
}

/** Whether a server answers on this port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** What a terminal shows of the newest run of a task: VS Code uses a terminal again, and old text stays in it. */
export function shows(label: string, pattern: string): RegExp {
  const name = label.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // What the command line says has not been said by the command.
  const header = `Executing task: ${name}(?![^]*Executing task: )[^\\n]*\\n+(?:(?!● executing \`)|● executing \`[^\\n]*\\n)`;
  return new RegExp(`${header}[^]*?${pattern}`);
}

/** The extension hosts of a server, by the process group that it leads. */
export async function extensionHosts(group: number): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const texts = await Promise.all(["stat", "cmdline"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "")));
      const [stat = "", command = ""] = texts;
      const pgid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
      return pgid === group && command.includes("--type=extensionHost") ? Number(pid) : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined);
}
