import { constants } from "node:os";

/** Go's words for the signals of POSIX (syscall.Signal.String on Linux). */
const WORDS: Partial<Record<NodeJS.Signals, string>> = {
  SIGHUP: "hangup",
  SIGINT: "interrupt",
  SIGQUIT: "quit",
  SIGILL: "illegal instruction",
  SIGTRAP: "trace/breakpoint trap",
  SIGABRT: "aborted",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGKILL: "killed",
  SIGUSR1: "user defined signal 1",
  SIGSEGV: "segmentation fault",
  SIGUSR2: "user defined signal 2",
  SIGPIPE: "broken pipe",
  SIGALRM: "alarm clock",
  SIGTERM: "terminated",
};

/** The first real-time signal as the C library gives it to programs (Linux). */
const SIGRTMIN = 34;

/** The signal's number on this system; 0 where it has none. */
export function signalNumber(signal: NodeJS.Signals): number {
  if (signal.startsWith("SIGRTMIN")) return SIGRTMIN + Number(signal.slice("SIGRTMIN".length));
  return (constants.signals as Partial<Record<NodeJS.Signals, number>>)[signal] ?? 0;
}

/** How Go prints the signal: "killed", "user defined signal 1"; "signal 31" where it has no word. */
export function signalText(signal: NodeJS.Signals): string {
  return WORDS[signal] ?? `signal ${signalNumber(signal)}`;
}

/** The signal with this number; "SIGRTMIN+2" and the like for those that Node has no name for. */
export function signalOf(number: number): NodeJS.Signals {
  const known = (Object.entries(constants.signals) as [NodeJS.Signals, number][]).find(([, value]) => value === number);
  return known?.[0] ?? (`SIGRTMIN+${number - SIGRTMIN}` as NodeJS.Signals);
}
