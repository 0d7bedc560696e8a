import * as vscode from "vscode";
import { kindOfFile } from "./fileKinds";

/** A person who types is not told of every half-typed word. */
const SETTLED_MS = 300;

/** Keeps the diagnostics of the open files with tasks up to date; other files cost a look at their name. */
export class WatchedFiles implements vscode.Disposable {
  readonly #diagnostics = vscode.languages.createDiagnosticCollection("cancellableTasks");
  readonly #pending = new Map<string, NodeJS.Timeout>();
  readonly #listeners: vscode.Disposable;
  #isDisposed = false;

  constructor() {
    this.#listeners = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => this.#check(document, 0)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#check(document, SETTLED_MS)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#forget(uri)),
    );
    for (const document of vscode.workspace.textDocuments) this.#check(document, 0);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#listeners.dispose();
    for (const timer of this.#pending.values()) clearTimeout(timer);
    this.#diagnostics.dispose();
  }

  #check(document: vscode.TextDocument, delay: number): void {
    if (kindOfFile(document.uri) === undefined) return;
    const key = document.uri.toString();
    clearTimeout(this.#pending.get(key));
    this.#pending.set(
      key,
      setTimeout(() => {
        this.#pending.delete(key);
        void this.#show(document);
      }, delay),
    );
  }

  async #show(document: vscode.TextDocument): Promise<void> {
    const { diagnosticsFor } = await import("./lazy.js");
    if (!this.#isDisposed && !document.isClosed) this.#diagnostics.set(document.uri, diagnosticsFor(document));
  }

  #forget(uri: vscode.Uri): void {
    if (kindOfFile(uri) === undefined) return;
    clearTimeout(this.#pending.get(uri.toString()));
    this.#pending.delete(uri.toString());
    this.#diagnostics.delete(uri);
  }
}
