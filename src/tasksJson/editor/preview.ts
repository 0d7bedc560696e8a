import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { applyEdits, type TextEdit } from "../textEdits";
import type { TasksFile } from "./tasksFiles";

export interface Change {
  readonly file: TasksFile;
  readonly edits: readonly TextEdit[];
}

const SCHEME = "cancellable-tasks-preview";

/** The texts that a preview shows, for as long as it is open. */
class PreviewTexts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  add(like: vscode.Uri, side: "before" | "after", text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, authority: side, path: like.path });
    this.#texts.set(uri.toString(), text);
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? "";
  }

  dispose(): void {
    this.#registration.dispose();
  }
}

/** An answer to a preview, as a row of a list. */
export interface Answer<T> {
  readonly label: string;
  readonly value: T;
}

/** Shows what changes would make of their files, and asks; nothing is written. */
export async function preview<T>(changes: readonly Change[], title: string, answers: readonly Answer<T>[]): Promise<T | undefined> {
  const texts = new PreviewTexts();
  try {
    const sides = changes.map(({ file, edits }) => {
      const before = file.document?.getText() ?? "";
      return [file.uri, file.document?.uri ?? texts.add(file.uri, "before", ""), texts.add(file.uri, "after", applyEdits(before, edits))] as const;
    });
    const [only] = sides;
    if (sides.length === 1 && only !== undefined) await vscode.commands.executeCommand("vscode.diff", only[1], only[2], l10n.t({ message: "{0}: preview", args: [changes[0]?.file.name ?? ""], comment: ["{0}: a file."] }), { preview: true, preserveFocus: true });
    else await vscode.commands.executeCommand("vscode.changes", title, sides);
    const picked = await vscode.window.showQuickPick([...answers], { title, placeHolder: l10n.t("Nothing is written yet: look at the changes below"), ignoreFocusOut: true });
    await closePreview();
    return picked?.value;
  } finally {
    texts.dispose();
  }
}

async function closePreview(): Promise<void> {
  const isPreview = ({ input }: vscode.Tab): boolean => {
    if (input instanceof vscode.TabInputTextDiff) return input.modified.scheme === SCHEME;
    return typeof input === "object" && input !== null && JSON.stringify(input).includes(SCHEME);
  };
  await vscode.window.tabGroups.close(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.filter(isPreview)), true);
}

/**
 * Makes the changes, in the editor (so that they can be undone) and on the disk.
 * @returns a sentence about what could not be done
 */
export async function write(changes: readonly Change[]): Promise<string | undefined> {
  const edit = new vscode.WorkspaceEdit();
  const unsaved = new Set<string>();
  for (const { file, edits } of changes) {
    const { document } = file;
    if (document === undefined) {
      edit.createFile(file.uri, { contents: Buffer.from(applyEdits("", edits)) });
      continue;
    }
    if (document.getText() !== file.tasks.text) return l10n.t("{0} has been changed meanwhile; nothing was written. Try again.", file.name);
    if (document.isDirty) unsaved.add(file.name);
    for (const { offset, length, text } of edits) edit.replace(file.uri, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), text);
  }
  if (!(await vscode.workspace.applyEdit(edit))) return l10n.t("{0} could not be changed; nothing was written.", changes.map(({ file }) => file.name).join(", "));
  for (const { file } of changes) {
    // What somebody was typing there is not ours to save.
    if (file.document?.isDirty !== true || unsaved.has(file.name)) continue;
    if (!(await file.document.save())) return l10n.t("{0} was changed, but could not be saved.", file.name);
  }
  return unsaved.size === 0 ? undefined : l10n.t("{0} had unsaved changes and was not saved: save it to use the changed tasks.", [...unsaved].join(", "));
}
