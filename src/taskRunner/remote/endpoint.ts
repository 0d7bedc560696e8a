import * as l10n from "@vscode/l10n";
import { randomBytes } from "node:crypto";
import { lstat, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { Host } from "../process/host";
import type { Endpoint } from "../recovery/journal";

/** The longest path of a socket that every system takes, in bytes: macOS has 104 with the NUL, Linux 108. */
const MAX_PATH_BYTES = 103;

const NAME = /^\d+-\d+\.sock$/;

/** Where the socket of an extension host is: in this folder, or where a shorter path is to be had. */
export class Endpoints {
  readonly #folder: string;
  readonly #platform: NodeJS.Platform;
  readonly #token = randomBytes(16).toString("hex");
  /** Names of pipes are everybody's: one that can be foretold can be taken by another user. */
  readonly #random = randomBytes(8).toString("hex");

  /** @param folder in the extension's global storage */
  constructor(folder: string, platform: NodeJS.Platform = process.platform) {
    this.#folder = folder;
    this.#platform = platform;
  }

  of({ pid, start }: Pick<Host, "pid" | "start">): Endpoint {
    const name = `${pid}-${start}.sock`;
    if (this.#platform === "win32") return { path: `\\\\.\\pipe\\cancellable-tasks-${pid}-${start}-${this.#random}`, token: this.#token };
    const path = join(this.#folder, name);
    return { path: Buffer.byteLength(path) <= MAX_PATH_BYTES ? path : join(shortFolder(), name), token: this.#token };
  }

  /** Removes the socket of an extension host that has died. Nothing but such a socket is ever removed. */
  async removeStale({ path }: Endpoint): Promise<void> {
    if (this.#platform === "win32" || !NAME.test(basename(path)) || ![this.#folder, shortFolder()].includes(dirname(path))) return;
    await rm(path, { force: true }).catch(() => undefined);
  }
}

/** @throws when the folder of a socket cannot be made, or is not only ours, or the path is too long: it would be cut off, and no one looks there */
export async function makeFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw new Error(`${path} is too long for a socket.`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await checkFolder(path);
}

/**
 * Looks before anything is said or heard there: in a folder that others can write to, a socket may be another user's.
 * @throws when the folder of a socket is not only ours
 */
export async function checkFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = dirname(path);
  const info = await lstat(folder);
  if (!info.isDirectory() || info.uid !== process.getuid?.() || (info.mode & 0o022) !== 0) throw new Error(l10n.t("{0} is not only this user's.", folder));
}

/** An empty or relative XDG_RUNTIME_DIR is to be ignored, says its specification. */
function shortFolder(): string {
  const given = process.env["XDG_RUNTIME_DIR"] ?? "";
  return join(isAbsolute(given) ? given : tmpdir(), `cancellable-tasks-${process.getuid?.() ?? 0}`);
}
