import { randomUUID } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../vscode/projectRoot";
import { isAlive, killAll, relatives, type Identity } from "./processes";

export const home = join(projectRoot, "test", "realPrograms");
/** Where the folders of the trials are: outside of our own project, which package managers would take for theirs. */
const trials = mkdtempSync(join(tmpdir(), "cancellable-tasks-programs-"));
chmodSync(trials, 0o755); // For programs that run as another user.
process.once("exit", () => {
  if (readdirSync(trials).length === 0) rmSync(trials, { recursive: true });
});

/** The variable by which we find the processes of a trial again, whoever has started them. */
export const TRIAL = "CANCELLABLE_TASKS_TRIAL";
/** What an outer npm, editor or CI says of itself is not meant for the programs. */
const NOT_HANDED_ON = /^(npm_|INIT_CWD$|CI$|NODE$|NODE_OPTIONS$|NODE_PATH$|COLOR$|FORCE_COLOR$|NO_COLOR$|CLICOLOR|CANCELLABLE_TASKS_|TMUX|STY$|TERM$|VSCODE_|ELECTRON_|SHLVL$|PS1$|HISTFILE$|XDG_)/;

/** One run of one program, in a folder of its own. */
export class Trial {
  readonly id = randomUUID();
  readonly folder = join(trials, this.id.slice(0, 8));
  readonly ports: readonly [number, number];
  readonly environment: Readonly<Record<string, string>>;
  static readonly #begun = new Set<Trial>();
  readonly #known = new Map<string, Identity>();

  private constructor(ports: readonly [number, number]) {
    this.ports = ports;
    cpSync(join(home, "workspace"), this.folder, { recursive: true });
    symlinkSync(join(home, "node_modules"), join(this.folder, "node_modules"));
    mkdirSync(join(this.folder, "home"));
    const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !NOT_HANDED_ON.test(entry[0]));
    this.environment = {
      ...Object.fromEntries(inherited),
      [TRIAL]: this.id,
      HOME: join(this.folder, "home"),
      SHELL: "/bin/bash",
      PATH: [join(home, "node_modules", ".bin"), "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":"),
      NODE: process.execPath,
      TRIAL_FOLDER: this.folder,
      PORT: String(ports[0]),
      PORT2: String(ports[1]),
      NEXT_TELEMETRY_DISABLED: "1",
      TURBO_TELEMETRY_DISABLED: "1",
      NX_DAEMON: "false",
      PYTHONUNBUFFERED: "1",
    };
  }

  static async begin(): Promise<Trial> {
    const trial = new Trial([await freePort(), await freePort()]);
    Trial.#begun.add(trial);
    return trial;
  }

  /** Ends those that are under way. */
  static async endAll(): Promise<void> {
    await Promise.all([...Trial.#begun].map((trial) => trial.end()));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** A file's text; empty if there is none. */
  read(name: string): string {
    return this.exists(name) ? readFileSync(this.path(name), "utf8") : "";
  }

  /** The names in a folder; empty if there is none. */
  list(folder: string): string[] {
    return this.exists(folder) ? readdirSync(this.path(folder)) : [];
  }

  /** Removes what an earlier run has logged, so that the next one's is told apart. */
  forgetLogs(): void {
    for (const name of readdirSync(this.folder)) {
      if (name.endsWith(".log")) rmSync(this.path(name));
    }
  }

  /** Notes the processes that belong to it now: later some may have lost what shows it. @param root one that does for certain */
  look(root = 0): void {
    for (const one of relatives(`${TRIAL}=${this.id}`, this.folder, root)) this.#known.set(`${one.pid} ${one.start}`, one);
  }

  /** Its processes that still live. @param except a process that is ours, such as the shell at the prompt */
  living(except?: number): Identity[] {
    this.look();
    return [...this.#known.values()].filter((one) => one.pid !== except && isAlive(one));
  }

  async takenPorts(): Promise<number[]> {
    const taken = await Promise.all(this.ports.map(async (port) => ((await isListening(port)) ? [port] : [])));
    return taken.flat();
  }

  /** Kills what is left of it, and removes its folder. */
  async end(isKept = false): Promise<void> {
    Trial.#begun.delete(this);
    for (let i = 0; i < 50 && this.living().length > 0; i++) {
      killAll(this.living());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (!isKept) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export function isListening(port: number): Promise<boolean> {
  const tries = ["127.0.0.1", "::1"].map(
    (host) =>
      new Promise<boolean>((resolve) => {
        const socket = connect({ host, port });
        const done = (isOpen: boolean): void => {
          socket.destroy();
          resolve(isOpen);
        };
        socket.once("connect", () => done(true)).once("error", () => done(false));
      }),
  );
  return Promise.all(tries).then((answers) => answers.includes(true));
}
