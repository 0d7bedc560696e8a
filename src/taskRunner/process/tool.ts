import { execFile } from "node:child_process";

/** Longer than any list of processes, in bytes. */
const MAX_OUTPUT = 64 << 20;
const TIMEOUT_MS = 10_000;

/**
 * What a tool of the system prints. One that is missing or hangs has printed nothing; one that fails, as lsof does when a
 * single one of its processes is gone, has often printed the rest.
 */
export function toolOutput(tool: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, LC_ALL: "C" }, maxBuffer: MAX_OUTPUT, timeout: TIMEOUT_MS, windowsHide: true };
    execFile(tool, args, options, (_error, stdout) => resolve(stdout));
  });
}
