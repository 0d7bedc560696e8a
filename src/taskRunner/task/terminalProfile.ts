import { isRecord } from "../base/record";
import { mergedEnvironment } from "../base/variableNames";
import type { DefaultShell } from "./shell";

/** Settings of VS Code's terminal for one platform, as they are: anything that people write. */
export interface TerminalSettings {
  readonly automationProfile: unknown;
  readonly defaultProfile: unknown;
  readonly profiles: unknown;
}

/** A shell, and what is set for it. */
export interface ProfiledShell extends DefaultShell {
  /** undefined takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Resolves the variables of a text in the settings for terminals; it fails for none. */
export type ResolveText = (text: string) => Promise<string>;

/**
 * The shell for command lines, as VS Code chooses it for its own tasks: the profile for automation or, without one, the default profile.
 * Of the other profiles at most the paths are resolved.
 * @param shell what VS Code tells of the default profile: its program
 */
export async function profiledShell({ automationProfile, defaultProfile, profiles }: TerminalSettings, shell: string, resolve: ResolveText): Promise<ProfiledShell> {
  // A path is one, or a list of which VS Code takes the first that is there.
  const [automation] = isRecord(automationProfile) ? textsOf(automationProfile["path"]) : [];
  if (isRecord(automationProfile) && automation !== undefined) return { executable: await resolve(automation), ...(await detailsOf(automationProfile, resolve)) };
  const all = isRecord(profiles) ? profiles : {};
  const chosen = typeof defaultProfile === "string" ? all[defaultProfile] : await profileOf(shell, Object.values(all), resolve);
  return { executable: shell, ...(isRecord(chosen) ? await detailsOf(chosen, resolve) : { env: {} }) };
}

/** The editor's environment with what the settings have for all terminals of it; null takes a variable away. */
export async function terminalEnvironment(environment: Readonly<Record<string, string | undefined>>, setting: unknown, resolve: ResolveText, isWindows = process.platform === "win32"): Promise<Record<string, string | undefined>> {
  const set: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(isRecord(setting) ? setting : {})) set[name] = typeof value === "string" ? await resolve(value) : undefined;
  return mergedEnvironment([environment, set], isWindows);
}

async function detailsOf({ args, env }: Readonly<Record<string, unknown>>, resolve: ResolveText): Promise<Omit<ProfiledShell, "executable">> {
  const list = await Promise.all(textsOf(args).map(resolve));
  const entries = Object.entries(isRecord(env) ? env : {}).filter(([, value]) => typeof value === "string" || value === null);
  return { ...(list.length === 0 ? {} : { args: list }), env: await terminalEnvironment({}, Object.fromEntries(entries), resolve) };
}

/** The first profile whose program has the name of this one. */
async function profileOf(shell: string, profiles: readonly unknown[], resolve: ResolveText): Promise<unknown> {
  for (const profile of profiles) {
    if (!isRecord(profile)) continue;
    const paths = await Promise.all(textsOf(profile["path"]).map(resolve));
    if (paths.some((path) => nameOf(path) === nameOf(shell))) return profile;
  }
  return undefined;
}

/** The texts of what may be one or a list of them. */
function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === "string");
}

function nameOf(path: string): string {
  return path.replace(/^.*[\\/]/, "").toLowerCase().replace(/\.exe$/, "");
}
