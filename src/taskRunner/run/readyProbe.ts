import { systemClock } from "../base/clock";
import type { Cmd } from "../exec/cmd";
import type { RunDefinition } from "../task/definition";
import { prepare, type LaunchContext } from "../task/launch";

/** How long a server may take to answer, and a command to succeed, in milliseconds. */
const HTTP_MS = 5000;
const COMMAND_MS = 30_000;
/** What the command leaves behind may hold its output for so long, in milliseconds. */
const HELD_MS = 100;

/** Where a server asks for a password or a payment it is there. */
const ANSWERS = new Set([400, 401, 402, 403]);

/** Asks from outside whether a task is ready. Neither throws; an abort makes the answer no. */
export interface ReadyProbe {
  http(url: string, signal: AbortSignal): Promise<boolean>;
  command(line: string, signal: AbortSignal): Promise<boolean>;
}

/** The real one, for a task: the command has its directory, environment and shell. */
export function readyProbe(definition: RunDefinition, context: LaunchContext, runId: string): ReadyProbe {
  return {
    http: (url, signal) => answers(url, signal).catch(() => false),
    command: (line, signal) => succeeds(line, definition, context, runId, signal).catch(() => false),
  };
}

/** Whether a server answers there, in any way but "not found" or an error of its own. A certificate need not be trusted: nothing is sent to it. */
async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  const isSecure = new URL(url).protocol === "https:";
  const { get } = await (isSecure ? import("node:https") : import("node:http"));
  const limit = AbortSignal.any([signal, AbortSignal.timeout(HTTP_MS)]);
  return await new Promise((resolve, reject) => {
    // `agent: false`: no connection stays open.
    const request = get(url, { agent: false, signal: limit, headers: { Accept: "*/*" }, ...(isSecure ? { rejectUnauthorized: false } : {}) }, (response) => {
      const { statusCode = 0 } = response;
      resolve((statusCode >= 200 && statusCode < 400) || ANSWERS.has(statusCode));
      request.destroy();
    });
    request.on("error", reject);
  });
}

async function succeeds(line: string, definition: RunDefinition, context: LaunchContext, runId: string, signal: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  const abort = (): void => over.abort();
  const timer = systemClock.after(COMMAND_MS, abort);
  signal.addEventListener("abort", abort, { once: true });
  try {
    // A command line; a task without a shell has the user's own for this.
    const shell = definition.shell.kind === "none" ? ({ kind: "default" } as const) : definition.shell;
    const cmd = await prepare({ ...definition, command: line, args: undefined, shell }, context, runId, over.signal, false);
    cmd.waitDelay = HELD_MS;
    cmd.cancel = () => killGroup(cmd);
    await cmd.run();
    return !signal.aborted;
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", abort);
  }
}

/** Its pid is its own while it has not been waited for. */
function killGroup(cmd: Cmd): void {
  const { process: started } = cmd;
  if (started === undefined || started.state !== undefined) return;
  if (process.platform === "win32") started.kill();
  else process.kill(-started.pid, "SIGKILL");
}
