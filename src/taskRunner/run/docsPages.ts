/** The page of docs/ for each kind of thing that a run's terminal says and that needs more words than fit into its line. */
const PAGES = {
  heldOutput: "held-output",
  survivors: "survivors",
  exitCode: "exit-codes",
  otherSignal: "signals",
  refused: "signals",
  ctrlC: "ctrl-c",
  restart: "restart",
} as const;

export type DocsTopic = keyof typeof PAGES;

export const DOCS_PAGES: readonly string[] = [...new Set(Object.values(PAGES))];

/** How a line names the page; the terminal makes a link of it (`docsLinks`). */
export function docs(topic: DocsTopic): string {
  return `(docs: ${PAGES[topic]})`;
}

/** Where a line of a terminal names a page. `start` and `length` in UTF-16 code units. */
export interface DocsLink {
  readonly page: string;
  readonly start: number;
  readonly length: number;
}

/** The link in a line of our own; none in what a program writes, unless it looks exactly like one of ours. */
export function docsLinks(line: string): DocsLink[] {
  if (!/^[●▲] /.test(line)) return [];
  const match = /\((docs: ([a-z-]+))\)\s*$/.exec(line);
  const [, text, page] = match ?? [];
  if (match === null || text === undefined || page === undefined || !DOCS_PAGES.includes(page)) return [];
  return [{ page, start: match.index + 1, length: text.length }];
}
