import treeKill from "tree-kill";
import type { Leader, ProcessGroup } from "./group";
import type { ProcessInfo } from "./table";

/**
 * Windows has neither process groups nor signals: the tree below the leader is ended by force, with `taskkill /T /F`,
 * whatever the signal. Only possible while the leader lives, since the tree hangs on its pid.
 */
export class WindowsTree implements ProcessGroup {
  readonly #leader: Leader;

  constructor(leader: Leader) {
    this.#leader = leader;
  }

  members(): Promise<ProcessInfo[]> {
    return Promise.resolve([]);
  }

  isAlive(): Promise<boolean> {
    return Promise.resolve(this.#leader.state === undefined);
  }

  signal(): Promise<boolean> {
    if (this.#leader.state !== undefined) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      treeKill(this.#leader.pid, "SIGKILL", (error) => (error === undefined ? resolve(true) : reject(error)));
    });
  }
}
