/** The exit code of a program of Windows that has ended of Ctrl+C: STATUS_CONTROL_C_EXIT. */
export const CTRL_C_EXIT = 0xc000013a;

/** The exit code that a program of Windows gets when it is ended by force: there is no other sign of it. What a shell says of a SIGKILL. */
export const KILLED_EXIT = 137;

/** Larger codes are the system's: NTSTATUS. */
const LARGE = 0x10000;

/** An exit code as Go writes it: "3", "0xc000013a". @param code null where it is not known */
export function exitStatusText(code: number | null): string {
  if (code === null) return "unknown";
  return code >= LARGE ? `0x${code.toString(16)}` : String(code);
}
