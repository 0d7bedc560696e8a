import * as vscode from "vscode";
import { ANSWER_COMMAND } from "../contributions";
import type { PortsAnswer } from "../taskRunner/run/portGuard";
import type { HeldPort } from "../taskRunner/run/state";
import { portsQuestion, questionText } from "./notificationModel";
import { showProgress } from "./progress";

/** Questions about held ports, each in a notification that goes when no answer is needed any more. */
export class PortQuestions implements vscode.Disposable {
  readonly #open = new Map<number, (answer: PortsAnswer) => void>();
  readonly #command = vscode.commands.registerCommand(ANSWER_COMMAND, (id: unknown, answer: unknown) => {
    if (answer === "stop" || answer === "start") this.#open.get(Number(id))?.(answer);
  });
  #last = 0;

  /** @param over aborted when no answer is needed any more */
  ask(label: string, held: readonly HeldPort[], over: AbortSignal): Promise<PortsAnswer> {
    const id = ++this.#last;
    const question = portsQuestion(label, held);
    return new Promise((resolve) => {
      const answered = (answer: PortsAnswer): void => {
        this.#open.delete(id);
        over.removeEventListener("abort", canceled);
        shown.close();
        resolve(answer);
      };
      const canceled = (): void => answered("cancel");
      const shown = showProgress(questionText(question, id), question.dismiss, canceled);
      this.#open.set(id, answered);
      over.addEventListener("abort", canceled);
    });
  }

  dispose(): void {
    this.#command.dispose();
    for (const answered of [...this.#open.values()]) answered("cancel");
  }
}
