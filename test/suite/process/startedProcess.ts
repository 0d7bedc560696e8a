import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

const started: ChildProcess[] = [];

export interface Started {
  readonly pid: number;
  /** What it printed first. */
  readonly line: string;
  readonly exit: Promise<unknown>;
  readonly child: ChildProcess;
}

/** Starts a script as the leader of its own group; resolves when it has printed its first line. */
export async function start(script: string, env: Record<string, string> = {}): Promise<Started> {
  const child = spawn("bash", ["-c", script], { detached: true, stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, ...env } });
  started.push(child);
  const exit = once(child, "exit");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { pid: child.pid ?? NaN, line: line.toString().trim(), exit, child };
}

/** Kills the groups of all that were started, and waits for their leaders. */
export async function killStarted(): Promise<void> {
  for (const child of started.splice(0)) {
    // Unreaped, or its group still has its number.
    const over = child.exitCode !== null || child.signalCode !== null;
    try {
      process.kill(-(child.pid ?? NaN), "SIGKILL");
    } catch {
      continue; // Nobody is left in it.
    }
    if (!over) await once(child, "exit");
  }
}
