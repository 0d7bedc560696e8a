import type { DefaultShell } from "./shell";

/** Settings of VS Code's terminal for one platform, as they are: anything that people write. */
export interface TerminalSettings {
  readonly automationProfile: unknown;
  readonly defaultProfile: unknown;
  readonly profiles: unknown;
}

/** A shell, and what is set for it. */
export interface ProfiledShell extends DefaultShell {
  readonly env: Readonly<Record<string, string | null>>;
}

/**
 * The shell for command lines, as VS Code chooses it for its own tasks: the profile for automation or, without one, the default profile.
 * @param shell what VS Code tells of the default profile: its program
 */
export function profiledShell({ automationProfile, defaultProfile, profiles }: TerminalSettings, shell: string): ProfiledShell {
  const automation = isRecord(automationProfile) ? firstText(automationProfile["path"]) : undefined;
  if (isRecord(automationProfile) && automation !== undefined) return { executable: automation, ...detailsOf(automationProfile) };
  const all = isRecord(profiles) ? profiles : {};
  const chosen = typeof defaultProfile === "string" ? all[defaultProfile] : Object.values(all).find((profile) => isRecord(profile) && namesOf(profile["path"]).includes(nameOf(shell)));
  return { executable: shell, ...(isRecord(chosen) ? detailsOf(chosen) : { env: {} }) };
}

function detailsOf({ args, env }: Readonly<Record<string, unknown>>): Omit<ProfiledShell, "executable"> {
  const list = typeof args === "string" ? [args] : Array.isArray(args) ? (args as unknown[]).filter((arg) => typeof arg === "string") : [];
  const entries = Object.entries(isRecord(env) ? env : {}).filter((entry): entry is [string, string | null] => typeof entry[1] === "string" || entry[1] === null);
  return { ...(list.length === 0 ? {} : { args: list }), env: Object.fromEntries(entries) };
}

/** A path is one, or a list of which VS Code takes the first that is there. */
function firstText(path: unknown): string | undefined {
  const [first] = textsOf(path);
  return first;
}

function namesOf(path: unknown): string[] {
  return textsOf(path).map(nameOf);
}

function textsOf(path: unknown): string[] {
  return (Array.isArray(path) ? (path as unknown[]) : [path]).filter((one) => typeof one === "string");
}

function nameOf(path: string): string {
  return path.replace(/^.*[\\/]/, "").toLowerCase().replace(/\.exe$/, "");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
