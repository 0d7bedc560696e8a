/** The command line that programs take apart into these arguments again, by the rules of the C runtime (as libuv and Go quote them). */
export function commandLineOf(args: readonly string[], isVerbatim: boolean): string {
  const [program = "", ...rest] = args;
  return rest.length === 0 ? quoted(program) : `${quoted(program)} ${argumentLine(rest, isVerbatim)}`;
}

/** The same without the program's name. */
export function argumentLine(args: readonly string[], isVerbatim: boolean): string {
  return (isVerbatim ? args : args.map(quoted)).join(" ");
}

function quoted(arg: string): string {
  if (arg !== "" && !/[ \t"]/.test(arg)) return arg;
  return inQuotationMarks(arg, '\\"');
}

/** @param mark what stands for a quotation mark in it */
export function inQuotationMarks(arg: string, mark: '\\"' | '""'): string {
  // A backslash is one unless a quotation mark follows, be it the last one.
  return `"${arg.replace(/(\\*)"/g, `$1$1${mark}`).replace(/(\\+)$/, "$1$1")}"`;
}

/** Windows: whether a program is one that only cmd.exe can run, such as npm.cmd. */
export function isBatchFile(program: string): boolean {
  // The system takes away blanks and dots at the end of a name.
  return /\.(bat|cmd)[. ]*$/i.test(program);
}
