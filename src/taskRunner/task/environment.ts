import { MARKER } from "../base/marker";
import { mergedEnvironment, variableId, variableIn } from "../base/variableNames";

/** What VS Code sets for its own processes and takes away from terminals too: a child `code` or Electron would misread it. */
const EDITORS_OWN = /^(ELECTRON_.+|VSCODE_(?!PORTABLE$|SHELL_LOGIN$|ENV_REPLACE$|ENV_APPEND$|ENV_PREPEND$).+|SNAP(_.*)?|GDK_PIXBUF_.+)$/;

/** The launcher of VS Code's snap points variables such as GTK_PATH into the snap, and keeps here what each was before; "" if it was not set. */
const BEFORE_SNAP = "_VSCODE_SNAP_ORIG";

/** What VS Code's launcher on macOS takes away from Electron. */
const KEPT_FROM_ELECTRON = ["NODE_OPTIONS", "NODE_REPL_EXTERNAL_MODULE"];

/** What an AppImage tells the program in it of itself; zsh would take ARGV0 for the name of whatever it runs. */
const APP_IMAGES_OWN = ["APPIMAGE", "APPDIR", "ARGV0", "OWD"];

/** Tells programs on a pipe that colours are welcome: our terminal shows them. Not said to users who do not want any. */
const COLOURS = { FORCE_COLOR: "1", CLICOLOR_FORCE: "1" };

/** What a program on a terminal is told of it. */
export interface TerminalVariables {
  /** The editor's display language, such as "en" or "pt-br"; undefined leaves the locale alone. */
  readonly language: string | undefined;
  /** The editor's version. */
  readonly version: string;
}

/** What tells of the terminal that this process was started in, and so of another one than the task's. */
const OTHER_TERMINAL = new Set(["TERMCAP", "LINES", "COLUMNS", "WINDOWID", "TMUX", "TMUX_PANE", "STY", "WINDOW"]);

/**
 * The environment of a task.
 * @param base the editor's own environment
 * @param own what the task sets, null for what it does not want to have; it wins over everything but the mark
 * @param runId the run's mark
 * @param terminal set when the task has a terminal: then it gets what VS Code's own terminals get
 */
export function taskEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string | null>>,
  runId: string,
  terminal?: TerminalVariables,
  isWindows = process.platform === "win32",
): Record<string, string> {
  const inherited = inheritedFrom(base);
  if (terminal !== undefined) {
    const kept = Object.fromEntries(Object.entries(inherited).filter(([name]) => !OTHER_TERMINAL.has(variableId(name, isWindows))));
    const users = withoutNull(mergedEnvironment<string | null>([kept, describeTerminal(terminal, variableIn(kept, "LANG", isWindows)), own], isWindows));
    return mergedEnvironment([users, { [MARKER]: runId }], isWindows);
  }
  const users = withoutNull(mergedEnvironment<string | null>([inherited, own], isWindows));
  const colours = variableIn(users, "NO_COLOR", isWindows) !== undefined || ["0", "false"].includes(variableIn(users, "FORCE_COLOR", isWindows) ?? "") ? {} : COLOURS;
  return mergedEnvironment<string>([colours, users, { [MARKER]: runId }], isWindows);
}

function withoutNull(env: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== null));
}

/** What the user's own programs would have: without what the editor, and how it is packaged, have put there for the editor. */
function inheritedFrom(base: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const env = new Map(Object.entries(base).filter((entry): entry is [string, string] => entry[1] !== undefined));
  for (const [name, before] of [...env]) {
    if (!name.endsWith(BEFORE_SNAP)) continue;
    const restored = name.slice(0, -BEFORE_SNAP.length);
    env.delete(name);
    if (before === "") env.delete(restored);
    else env.set(restored, before);
  }
  for (const name of KEPT_FROM_ELECTRON) {
    const kept = env.get(`VSCODE_${name}`) ?? "";
    if (kept !== "") env.set(name, kept);
  }
  if (env.has("APPIMAGE")) for (const name of APP_IMAGES_OWN) env.delete(name);
  return Object.fromEntries([...env].filter(([name]) => !EDITORS_OWN.test(name)));
}

function describeTerminal({ language, version }: TerminalVariables, lang: string | undefined): Record<string, string> {
  return {
    TERM: "xterm-256color",
    COLORTERM: "truecolor",
    TERM_PROGRAM: "vscode",
    TERM_PROGRAM_VERSION: version,
    // As VS Code decides it: a locale whose characters the terminal shows right is kept.
    ...(language === undefined || /\.(utf-?8|euc.+)$/i.test(lang ?? "") ? {} : { LANG: `${localeOf(language)}.UTF-8` }),
  };
}

/** "en" is "en_US", "pt-br" is "pt_BR". */
function localeOf(language: string): string {
  try {
    const { language: short, region } = new Intl.Locale(language).maximize();
    return `${short}_${region ?? "US"}`;
  } catch {
    return "en_US";
  }
}

export function environEntries(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([key, value]) => `${key}=${value}`);
}
