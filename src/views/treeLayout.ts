import * as vscode from "vscode";
import { COMMANDS } from "../contributions";

const BY_FOLDER = "runs.byFolder";

/** How the user wants the tree laid out, in this workspace. */
export class TreeLayout {
  readonly #state: vscode.Memento;
  readonly #changed: () => void;

  constructor(state: vscode.Memento, changed: () => void) {
    this.#state = state;
    this.#changed = changed;
  }

  /** Whether the tasks of each folder stand below it. */
  get byFolder(): boolean {
    return this.#state.get(BY_FOLDER, true);
  }

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.commands.registerCommand(COMMANDS.groupByFolder, () => this.#set(true)),
      vscode.commands.registerCommand(COMMANDS.ungroup, () => this.#set(false)),
    );
  }

  async #set(byFolder: boolean): Promise<void> {
    await this.#state.update(BY_FOLDER, byFolder);
    this.#changed();
  }
}
