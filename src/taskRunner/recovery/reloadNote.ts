import { mkdirSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** A task that ran when its window went away. */
export interface InterruptedTask {
  readonly label: string;
  /** The folder that it belongs to, as the provider writes it. */
  readonly scope: string;
  readonly runId: string;
  /** Whether it was meant to run on: it is started again. */
  readonly isBackground: boolean;
}

/** A window that comes up later than this, in milliseconds, has been opened anew, and not reloaded. */
const RELOAD_MS = 30_000;

/** More than a window can have, in bytes. */
const MAX_BYTES = 1024 * 1024;

/**
 * What the extension host of a window leaves for the next one of the same workspace, when that comes at once: then the window
 * was reloaded. VS Code does not say whether it is.
 */
export class ReloadNote {
  readonly #path: string;

  /** @param path a file in the workspace's own storage */
  constructor(path: string) {
    this.#path = path;
  }

  /** At once: this process is about to end. A disk that cannot be written to is no reason not to stop the tasks. */
  writeNow(tasks: readonly InterruptedTask[]): void {
    if (tasks.length === 0) return;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(this.#path, JSON.stringify({ version: 1, at: Date.now(), tasks }), { mode: 0o600 });
    } catch {
      // The tasks have to be started by hand.
    }
  }

  /** Takes the note away, so that only one window has it. @returns nothing where the window was not reloaded; never rejects */
  async take(): Promise<readonly InterruptedTask[]> {
    const taken = `${this.#path}.${randomBytes(4).toString("hex")}`;
    try {
      await rename(this.#path, taken);
      return parseNote(await readFile(taken, "utf8"), Date.now());
    } catch {
      return [];
    } finally {
      await rm(taken, { force: true }).catch(() => undefined);
    }
  }
}

/** @param now in milliseconds since the epoch */
export function parseNote(text: string, now: number): readonly InterruptedTask[] {
  if (text.length > MAX_BYTES) return [];
  const note = JSON.parse(text) as { version?: unknown; at?: unknown; tasks?: unknown } | null;
  if (note?.version !== 1 || typeof note.at !== "number" || !Array.isArray(note.tasks)) return [];
  const age = now - note.at;
  return age >= 0 && age <= RELOAD_MS ? note.tasks.filter(isTask) : [];
}

function isTask(value: unknown): value is InterruptedTask {
  if (typeof value !== "object" || value === null) return false;
  const { label, scope, runId, isBackground } = value as Partial<Record<keyof InterruptedTask, unknown>>;
  return typeof label === "string" && typeof scope === "string" && typeof runId === "string" && /^[0-9a-f]+$/.test(runId) && typeof isBackground === "boolean";
}
