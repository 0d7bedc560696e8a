import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);
/** How long an answer may take, in milliseconds; it needs two. */
const TIMEOUT_MS = 1000;
/** Where the system's tools are if the editor's PATH does not name them. */
const SYSTEM_PATH = "/usr/bin:/bin";

const PERL = 'open my $t, "+<", $ARGV[0] or exit 1; my $m = POSIX::Termios->new; $m->getattr(fileno $t) or exit 1; my $f = $m->getlflag; print $f & ICANON ? "icanon" : "-icanon", " ", $f & ISIG ? "isig" : "-isig", " ", $f & ECHO ? "echo" : "-echo"';
const PYTHON = 'import os, sys, termios as t; f = t.tcgetattr(os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY))[3]; print("icanon" if f & t.ICANON else "-icanon", "isig" if f & t.ISIG else "-isig", "echo" if f & t.ECHO else "-echo")';
/** Node cannot ask for it, and nothing in /proc tells it. What is asked is the first of these programs that is there. */
const ASK = `
has() { command -v "$1" >/dev/null 2>&1; }
has stty && exec stty "$1" "$2" -a
has busybox && exec busybox stty "$1" "$2" -a
has perl && exec perl -MPOSIX -e "$PERL" "$2"
has python3 && exec python3 -I -S -c "$PYTHON" "$2"
exit 127`;

export interface TerminalMode {
  /** The driver of the terminal hands over whole lines and makes a SIGINT of Ctrl+C. */
  readonly isCanonical: boolean;
  /** It makes a SIGINT of Ctrl+C, whether or not it hands over whole lines. */
  readonly makesSignals: boolean;
  /** It shows the keys, and a Ctrl+C of which it makes a SIGINT as "^C", or as it is. */
  readonly echoes: boolean;
}

/**
 * What the driver of a terminal does with keys; undefined where that cannot be told.
 * @param name of the terminal's device, such as "/dev/pts/3"
 * @param path where the programs are looked for
 */
export async function terminalMode(name: string, path = [process.env["PATH"] ?? "", SYSTEM_PATH].join(":")): Promise<TerminalMode | undefined> {
  const option = process.platform === "linux" ? "-F" : "-f";
  const options = { env: { PATH: path, LC_ALL: "C", PERL, PYTHON }, timeout: TIMEOUT_MS, killSignal: "SIGKILL" } as const;
  // The shell looks for them: an entry of PATH on a mount that does not answer would block a spawn, and with it the event loop.
  const asked = execute("/bin/sh", ["-c", ASK, "sh", option, name], options).catch(() => undefined);
  const settings = await Promise.race([asked, sleep(TIMEOUT_MS, undefined, { ref: false })]);
  if (settings === undefined) return undefined;
  const isSet = (setting: string): boolean => new RegExp(`(?<!-)\\b${setting}\\b`).test(settings.stdout);
  const makesSignals = isSet("isig");
  return { isCanonical: makesSignals && isSet("icanon"), makesSignals, echoes: isSet("echo") };
}
