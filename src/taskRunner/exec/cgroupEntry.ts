import { accessSync, closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { CgroupPlace } from "../base/entry";
import { findPerl } from "./perl";
import { untilAborted } from "./untilAborted";

/** What is really executed, so that the program is in a cgroup before it runs. Pid, descriptors and exit status are the program's. */
export interface Entry {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
}

export interface Program {
  readonly path: string;
  /** The first one is the name that it sees itself called by. */
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly dir: string;
}

/** Who cannot enter runs all the same: it can be seen whether anybody has. */
const BY_SHELL = '{ echo 0 >"$0"; } 2>/dev/null; exec "$@"';

/** What has it moved is another process, which must not read what is the program's. */
function byMover(mover: readonly string[]): string {
  return `${mover.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")} "$$" </dev/null >/dev/null 2>&1; exec "$@"`;
}

/** As the shell, but leaves the environment, and the name that the program is called by, as they are; which takes a millisecond more. */
const BY_PERL = `my ($procs, $count) = splice @ARGV, 0, 2;
if (my @mover = splice @ARGV, 0, $count) {
  my $self = $$;
  my $pid = fork;
  if (defined $pid && !$pid) {
    open STDIN, "<", "/dev/null";
    open $_, ">", "/dev/null" for *STDOUT, *STDERR;
    exec { $mover[0] } @mover, $self or kill "KILL", $$;
  }
  waitpid $pid, 0 if $pid;
} elsif (open my $f, ">", $procs) { syswrite $f, "0"; close $f }
delete $ENV{PERL_BADLANG};
my $path = shift;
{ no warnings; exec { $path } @ARGV }
print STDERR "$path: $!\\n";
exit 126`;

/** Perl complains of a locale that is not installed. */
const NO_COMPLAINT = "PERL_BADLANG=0";

/** What every shell passes on. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What every shell sets by itself. */
const SHELLS_OWN = ["IFS", "OPTIND", "PPID"];
/** What one or the other sets besides, or heeds; dash, which is most systems' /bin/sh, does neither. */
const OTHER_SHELLS_OWN = ["_", "SHLVL", "OLDPWD", "ENV", "BASH_ENV", "BASHOPTS", "SHELLOPTS", "POSIXLY_CORRECT"];

/** Enough for the first line of a script, and for what an executable has before its code. */
const HEAD_BYTES = 4096;

/**
 * How to start a program in a cgroup: the cheapest way for this program and this environment.
 * @param perl finds the interpreter
 * @returns undefined when the system would not execute the program: then it is to be started as it is, and the system says why
 */
export async function entryInto({ folder, mover = [] }: CgroupPlace, program: Program, signal: AbortSignal | undefined, perl = findPerl): Promise<Entry | undefined> {
  const { path, args, env, dir } = program;
  const kind = kindOf(path, dir);
  if (kind === undefined) return undefined;
  const procs = `${folder}/cgroup.procs`;
  const changed = namesChangedBySh();
  const odd = env.filter((entry) => !isPlain(entry, changed));
  const byShell = (words: readonly string[]): Entry => ({ path: "/bin/sh", args: ["sh", "-c", mover.length === 0 ? BY_SHELL : byMover(mover), procs, ...words, path, ...args.slice(1)], env });
  // A script's interpreter is told the script's path, whatever that was called by. A PWD that is wrong, or not there, a shell sets.
  const isCalledByPath = args[0] === path || kind === "script";
  if (odd.length === 0 && isCalledByPath && env.includes(`PWD=${resolve(dir)}`)) return byShell([]);
  const interpreter = env.some((entry) => entry.startsWith("PERL")) ? undefined : await untilAborted(perl(), signal);
  if (interpreter !== undefined) return { path: interpreter, args: ["perl", "-e", BY_PERL, procs, String(mover.length), ...mover, path, ...args], env: [...env, NO_COMPLAINT] };
  // Where there is none it is called by its path.
  return byShell(odd.length === 0 || path.includes("=") ? [] : ["env", ...odd]);
}

function isPlain(entry: string, changed: ReadonlySet<string>): boolean {
  const name = entry.slice(0, entry.indexOf("=", 1));
  return PLAIN_NAME.test(name) && !changed.has(name);
}

let changedBySh: ReadonlySet<string> | undefined;

function namesChangedBySh(): ReadonlySet<string> {
  return (changedBySh ??= new Set([...SHELLS_OWN, ...(isDash("/bin/sh") ? [] : OTHER_SHELLS_OWN)]));
}

function isDash(shell: string): boolean {
  try {
    return basename(realpathSync(shell)) === "dash";
  } catch {
    return false;
  }
}

/** Looked at right before the start: the start itself would wait for the same files. @returns undefined where the system will not execute it */
function kindOf(path: string, dir: string): "script" | "binary" | undefined {
  // A shell takes it for an option.
  if (path.startsWith("-")) return undefined;
  try {
    const file = resolve(dir, path);
    accessSync(file, constants.X_OK);
    if (!statSync(file).isFile()) return undefined;
    const head = headOf(file);
    const interpreter = head === undefined ? undefined : interpreterIn(head);
    if (interpreter !== undefined) accessSync(resolve(dir, interpreter), constants.X_OK);
    return head === undefined || isElf(head) ? "binary" : "script";
  } catch {
    return undefined;
  }
}

/** @returns undefined where it may be executed and not be read */
function headOf(file: string): Buffer | undefined {
  let fd: number | undefined;
  try {
    // Without blocking, should a FIFO have taken its place.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) return undefined;
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function isElf(head: Buffer): boolean {
  return head.toString("latin1", 0, 4) === "\x7fELF";
}

/** What the system executes in the program's place: as the first line of a script names it, or an executable that is linked dynamically (elf(5), PT_INTERP). */
export function interpreterIn(head: Buffer): string | undefined {
  if (!isElf(head)) return /^#![ \t]*([^\s\0]+)/.exec(head.toString("latin1", 0, 256))?.[1];
  // Of 64 bits, the lowest byte first, as nearly all are.
  if (head[4] !== 2 || head[5] !== 1 || head.length < 64) return undefined;
  const [offset, size, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)];
  for (let at = offset; at < offset + size * count && at + 56 <= head.length; at += size) {
    if (head.readUInt32LE(at) !== 3) continue;
    const [from, length] = [Number(head.readBigUInt64LE(at + 8)), Number(head.readBigUInt64LE(at + 32))];
    return from + length <= head.length ? head.toString("latin1", from, from + length - 1) : undefined;
  }
  return undefined;
}
