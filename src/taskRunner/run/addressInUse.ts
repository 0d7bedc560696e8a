/** What programs say when their port is taken: the system's words, its codes, and those of servers that put it in their own. */
const IN_USE = /EADDRINUSE|address (?:is )?already in use|port \d+ (?:is|was) (?:already )?(?:in use|used)|port is already allocated|(?:WinError|Errno|os error|WSA\w*)\W{0,3}10048\b|only one usage of each socket address/i;

/** Where the number stands: "port 3000", "('127.0.0.1', 8000)", "0.0.0.0:80 failed", ":::3000", "[::]:3000", "127.0.0.1:3000". */
const PORTS = [/\bport:? *(\d{1,5})\b/i, /', (\d{1,5})\)/, /(?:^|[\s(*[\]:]|\d\.\d+\.\d+\.\d|localhost):(\d{2,5})\b/];

/**
 * Whether an output tells that a port was taken.
 * @returns the ports that it names, perhaps none; undefined when it does not tell so
 */
export function portsInUse(lines: readonly string[]): readonly number[] | undefined {
  const telling = lines.flatMap((line, i) => (IN_USE.test(line) ? [i] : []));
  if (telling.length === 0) return undefined;
  const ports = telling.flatMap((i) => portOf(lines[i] ?? "") ?? []);
  // Node prints an error's properties on lines of their own: "port: 3000".
  const near = ports.length > 0 ? ports : telling.flatMap((i) => lines.slice(i + 1, i + 12).flatMap((line) => /^\s*port: (\d+)/.exec(line)?.[1] ?? []).map(Number));
  return [...new Set(near)];
}

function portOf(line: string): number | undefined {
  for (const pattern of PORTS) {
    const port = Number(pattern.exec(line)?.[1]);
    if (port >= 1 && port <= 65_535) return port;
  }
  return undefined;
}
