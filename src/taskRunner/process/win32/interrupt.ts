import { fork } from "node:child_process";
import { attachConsole, freeConsole, generateConsoleCtrlEvent, getConsoleProcessList, setConsoleCtrlHandler } from "./api";
import { isPids } from "./protocol";

const CTRL_C = 0;
const MOST_IN_CONSOLE = 4096;
/** No Ctrl+C takes longer, in milliseconds. */
const LIMIT_MS = 3000;

/** The argument by which the helper's program knows that it is to send a Ctrl+C and end. */
export const INTERRUPT = "--interrupt";

/**
 * Ctrl+C for these processes and all that share a console with them. Who sends it has to leave its own console for theirs, and to
 * ignore it itself, which its children would inherit: so that is done by a process of its own.
 * @returns whom it has reached
 * @throws Error when that is not known
 */
export function interrupt(script: string, pids: readonly number[]): Promise<readonly number[]> {
  if (pids.length === 0) return Promise.resolve([]);
  return new Promise((resolve, reject) => {
    const child = fork(script, [INTERRUPT, ...pids.map(String)], { execArgv: [], stdio: "ignore", windowsHide: true, timeout: LIMIT_MS } as Parameters<typeof fork>[2]);
    child.once("message", (message) => resolve(isPids(message) ? message : []));
    child.once("error", reject);
    child.once("close", () => reject(new Error("the program that sends it has been ended, or has not done it in time")));
  });
}

/** What that process does: it goes from console to console. @returns whom it has reached */
export function sendInterrupt(pids: readonly number[]): number[] {
  const reached = new Set<number>();
  const list = Buffer.alloc(4 * MOST_IN_CONSOLE);
  freeConsole();
  for (const pid of pids) {
    if (reached.has(pid) || attachConsole(pid) === 0) continue;
    setConsoleCtrlHandler(0, 1);
    const count = Math.min(getConsoleProcessList(list, MOST_IN_CONSOLE), MOST_IN_CONSOLE);
    const members = Array.from({ length: count }, (_, i) => list.readUInt32LE(4 * i)).filter((one) => one !== process.pid);
    if (generateConsoleCtrlEvent(CTRL_C, 0) !== 0) for (const one of [pid, ...members]) reached.add(one);
    freeConsole();
  }
  return [...reached];
}
