import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";

import { ensureVSCode, type VSCodeVersion } from "./install";
import { thisMachine, type Machine } from "./machine";

export interface ServerOptions {
  readonly version: VSCodeVersion;
  readonly extensionsDir: string;
  readonly dataDir: string;
  /** Absent: this one. */
  readonly machine?: Machine;
  /** The connection token a browser must show; none is asked for when absent. */
  readonly token?: string;
  /** Opens the hooks that tests drive the workbench with. Not for people. */
  readonly smokeTest: boolean;
  /** Added to the environment of the server, and so to that of its extension hosts and terminals. */
  readonly env?: Readonly<Record<string, string>>;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Receives every line the server prints. */
  readonly log?: (line: string) => void;
}

/** Pairs for the workbench, such as `["extensionDevelopmentPath", "vscode-remote://127.0.0.1:1/path"]`. */
export type Payload = readonly (readonly [string, string])[];

type Guard = ChildProcessByStdio<Writable, Readable, Readable>;

const startLimit = 60_000; // ms

/** The environment without what an outer VS Code (a terminal in it, say) has put there. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VSCODE|ELECTRON)_/.test(name)));
}

/** Resolves with the port once the server listens. Rejects with what it printed when it ends before. */
function listening(guard: Guard, log: (line: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const seen: string[] = [];
    const fail = (reason: string): void => reject(new Error(`VS Code's server ${reason}:\n${seen.slice(-10).join("\n")}`));
    const timer = setTimeout(fail, startLimit, `did not listen within ${startLimit / 1000} s`);
    const line = (text: string): void => {
      seen.push(text);
      log(text);
      const port = /^Extension host agent listening on (\d+)/.exec(text)?.[1];
      if (port !== undefined) {
        clearTimeout(timer);
        resolve(Number(port));
      } else if (text.includes("EADDRINUSE")) {
        reject(new Error("VS Code's server cannot listen: the port is in use."));
      }
    };
    guard.once("error", (error) => fail(`did not start (${error.message})`));
    createInterface(guard.stdout).on("line", line);
    createInterface(guard.stderr).on("line", line);
    guard.once("close", () => {
      clearTimeout(timer);
      fail("ended before it listened");
    });
  });
}

/** VS Code's own server with everything it has started: extension hosts, pty host, file watchers. */
export class VSCodeServer {
  /** The leader of the group that the server and everything it starts is in. */
  public readonly pid: number;
  /** Resolves when the server has ended, for whatever reason, and everything it started with it. */
  public readonly ended: Promise<void>;
  private readonly token: string | undefined;

  public constructor(
    private readonly guard: Guard,
    public readonly port: number,
    token: string | undefined,
    private readonly machine: Machine,
  ) {
    this.pid = guard.pid ?? 0;
    this.token = token;
    this.ended = guard.exitCode === null && guard.signalCode === null ? once(guard, "exit").then(() => undefined) : Promise.resolve();
  }

  /** `host:port`, which is also the authority of `vscode-remote:` URIs. */
  public get authority(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Where to open `folder` in a browser. */
  public url(folder: string, payload: Payload = []): string {
    const url = new URL(`http://${this.authority}/`);
    url.searchParams.set("folder", this.machine.uriPath(folder));
    if (payload.length > 0) {
      url.searchParams.set("payload", JSON.stringify(payload));
    }
    if (this.token !== undefined) {
      url.searchParams.set("tkn", this.token);
    }
    return url.href;
  }

  /** The URI by which the workbench in the browser knows a file on this machine. */
  public uri(path: string): string {
    return `vscode-remote://${this.authority}${this.machine.uriPath(path)}`;
  }

  /** Ends the server and everything it has started; resolves when they are gone. May be called again. */
  public async stop(): Promise<void> {
    this.guard.stdin.end();
    await this.ended;
  }

  /** The same at once: no extension is deactivated, which takes VS Code some 8 s. */
  public async kill(): Promise<void> {
    this.guard.stdin.end("kill\n");
    await this.ended;
  }
}

/**
 * Starts VS Code's server on 127.0.0.1 and resolves when it listens. It ends, with everything it started, at
 * `stop()` and also when this process dies, however it dies. Throws an Error with what the server printed when
 * it does not come up.
 */
export async function startServer(options: ServerOptions): Promise<VSCodeServer> {
  const machine = options.machine ?? thisMachine;
  const [command, ...first] = machine.server(await ensureVSCode(options.version));
  mkdirSync(options.extensionsDir, { recursive: true });
  mkdirSync(options.dataDir, { recursive: true });
  const args = [
    ...first,
    ...["--host", "127.0.0.1", "--port", String(options.port ?? 0)],
    ...folders(options, machine),
    ...(options.token === undefined ? ["--without-connection-token"] : ["--connection-token", options.token]),
    ...(options.smokeTest ? ["--enable-smoke-test-driver"] : []),
    ...["--accept-server-license-terms", "--disable-telemetry", "--disable-workspace-trust"],
  ];
  // Detached: Ctrl+C in our terminal is for us; the guard learns of our end from its standard input.
  const guard = spawn(command, args, {
    detached: true,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  guard.stdin.on("error", () => undefined); // It is gone already: just as well.
  try {
    return new VSCodeServer(guard, await listening(guard, options.log ?? (() => undefined)), options.token, machine);
  } catch (error) {
    guard.stdin.end();
    throw error;
  }
}

function folders({ dataDir, extensionsDir }: Pick<ServerOptions, "dataDir" | "extensionsDir">, machine: Machine): string[] {
  return ["--server-data-dir", machine.path(dataDir), "--extensions-dir", machine.path(extensionsDir)];
}

/** Installs a .vsix into `extensionsDir`, as a user does. Throws an Error with VS Code's words when it fails. */
export async function installExtension(vsix: string, where: Pick<ServerOptions, "version" | "extensionsDir" | "dataDir" | "machine">): Promise<void> {
  const machine = where.machine ?? thisMachine;
  const [command, ...first] = machine.once(await ensureVSCode(where.version));
  const args = ["--install-extension", machine.path(vsix), "--force", ...folders(where, machine), "--accept-server-license-terms", "--disable-telemetry"];
  const server = spawn(command, [...first, ...args], { env: cleanEnvironment(), stdio: ["pipe", "pipe", "pipe"] });
  const [output, errors] = await Promise.all([text(server.stdout), text(server.stderr), once(server, "close")]);
  if (server.exitCode !== 0) throw new Error(`VS Code ${where.version} could not install ${vsix}: ${output}${errors}`);
}
