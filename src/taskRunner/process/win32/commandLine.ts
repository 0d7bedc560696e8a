import { variableId } from "../../base/variableNames";

/** What programs of Windows do not start without. */
const REQUIRED = ["HOMEDRIVE", "HOMEPATH", "LOGONSERVER", "PATH", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERDOMAIN", "USERNAME", "USERPROFILE", "WINDIR"];

/** The environment as CreateProcess takes it: sorted as Windows sorts, each name once. @param own has what must not be missing */
export function environmentBlock(env: readonly string[], own: Readonly<Record<string, string | undefined>>): string {
  const entries = new Map<string, string>();
  for (const name of REQUIRED) if (own[name] !== undefined) entries.set(name, `${name}=${own[name]}`);
  for (const entry of env) {
    const end = entry.indexOf("=", 1);
    if (end > 0) entries.set(variableId(entry.slice(0, end), true), entry);
  }
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `${sorted.map(([, entry]) => `${entry}\0`).join("")}\0`;
}
