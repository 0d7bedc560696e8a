/** The command line that programs take apart into these arguments again, by the rules of the C runtime (as libuv and Go quote them). */
export function commandLineOf(args: readonly string[], isVerbatim: boolean): string {
  const [program = "", ...rest] = args;
  return [quoted(program), ...(isVerbatim ? rest : rest.map(quoted))].join(" ");
}

function quoted(arg: string): string {
  if (arg !== "" && !/[ \t"]/.test(arg)) return arg;
  // A backslash is one unless a quotation mark follows, be it the last one.
  return `"${arg.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1")}"`;
}

/** What programs of Windows do not start without. */
const REQUIRED = ["HOMEDRIVE", "HOMEPATH", "LOGONSERVER", "PATH", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERDOMAIN", "USERNAME", "USERPROFILE", "WINDIR"];

/** The environment as CreateProcess takes it: sorted as Windows sorts, each name once. @param own has what must not be missing */
export function environmentBlock(env: readonly string[], own: Readonly<Record<string, string | undefined>>): string {
  const entries = new Map<string, string>();
  for (const name of REQUIRED) if (own[name] !== undefined) entries.set(name, `${name}=${own[name]}`);
  for (const entry of env) {
    const end = entry.indexOf("=", 1);
    if (end > 0) entries.set(entry.slice(0, end).toUpperCase(), entry);
  }
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `${sorted.map(([, entry]) => `${entry}\0`).join("")}\0`;
}
