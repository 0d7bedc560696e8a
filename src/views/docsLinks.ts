import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { docsLinks } from "../taskRunner/run/docsPages";

class DocsLink extends vscode.TerminalLink {
  constructor(
    start: number,
    length: number,
    readonly page: string,
  ) {
    super(start, length, l10n.t("Read what this means"));
  }
}

/** Opens the page that a line of ours names: the one in the package, which fits its version and needs no network. */
export class DocsLinks implements vscode.TerminalLinkProvider<DocsLink> {
  readonly #docs: vscode.Uri;

  /** @param docs the folder of the pages */
  constructor(docs: vscode.Uri) {
    this.#docs = docs;
  }

  /** Asked for a line when the mouse rests on it, and at no other time. */
  provideTerminalLinks({ line }: vscode.TerminalLinkContext): DocsLink[] {
    return docsLinks(line).map(({ page, start, length }) => new DocsLink(start, length, page));
  }

  async handleTerminalLink({ page }: DocsLink): Promise<void> {
    await vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.joinPath(this.#docs, `${page}.md`));
  }
}
