// What a bash prompt does with a program: bash on a terminal of its own, a line typed, and Ctrl+C or the terminal closed.
import { writeFileSync } from "node:fs";
import * as pty from "node-pty";
import { failed, observe, type Observation } from "./observation";
import type { Program } from "./program";
import { untilReady } from "./readiness";
import { COLUMNS, ROWS, Screen } from "./screen";
import type { Trial } from "./trial";
import { until } from "./until";

/** How it is stopped at the prompt. */
export type PromptAct = "ctrlC" | "twice" | "close";

/** A person presses Ctrl+C a second time while the program still cleans up, in milliseconds. */
export const SECOND_PRESS_MS = 250;
/** A program that Ctrl+C has not ended after this time has its terminal closed: as long as a run's waitDelay, in milliseconds. */
export const PATIENCE_MS = 5000;
const PROMPT = /@@(\d+)@@ /g;

/** Runs a program at a prompt and stops it. A program that Ctrl+C does not end gets its terminal closed. */
export async function atPrompt(trial: Trial, program: Program, act: PromptAct): Promise<Observation> {
  const shell = new Prompt(trial);
  try {
    await until(() => shell.prompts > 0, 10_000);
    shell.type(`${program.command}\r`);
    const isReady = await untilReady(trial, program.ready, () => shell.output, () => shell.prompts > 1);
    if (!isReady) return failed(`not ready at the prompt:\n${shell.output.slice(-2000)}`);
    trial.look();
    const start = performance.now();
    let isClosed = false;
    if (act !== "close") {
      shell.type("\x03");
      if (act === "twice") setTimeout(() => shell.type("\x03"), SECOND_PRESS_MS);
      await until(() => shell.prompts > 1, PATIENCE_MS);
      isClosed = shell.prompts < 2;
    }
    if (shell.prompts < 2) {
      shell.close();
      await until(() => trial.living(shell.pid).length === 0, PATIENCE_MS);
    }
    return { ...(await observe(trial, program, performance.now() - start, { except: shell.pid })), isClosed };
  } finally {
    shell.close();
  }
}

class Prompt {
  readonly #screen = new Screen((data) => this.type(data));
  readonly #pty: pty.IPty;
  #isClosed = false;

  constructor(trial: Trial) {
    writeFileSync(trial.path(".promptrc"), "PS1='@@$?@@ '\nunset HISTFILE\n");
    this.#pty = pty.spawn("/bin/bash", ["--noprofile", "--rcfile", ".promptrc", "-i"], {
      cwd: trial.folder,
      env: { ...trial.environment },
      name: "xterm-256color",
      cols: COLUMNS,
      rows: ROWS,
    });
    this.#pty.onData((text) => this.#screen.write(text));
  }

  get pid(): number {
    return this.#pty.pid;
  }

  get output(): string {
    return this.#screen.text;
  }

  /** How often it has asked for a command. */
  get prompts(): number {
    return [...this.#screen.text.matchAll(PROMPT)].length;
  }

  type(text: string): void {
    if (!this.#isClosed) this.#pty.write(text);
  }

  /** Closes the terminal: the kernel hangs up on the shell and on what it runs in the foreground. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    (this.#pty as pty.IPty & { destroy(): void }).destroy();
    this.#screen.dispose();
  }
}
