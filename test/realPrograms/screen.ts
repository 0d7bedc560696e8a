import { Terminal } from "@xterm/headless";

export const COLUMNS = 120;
export const ROWS = 30;

// eslint-disable-next-line no-control-regex
const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-~])/g;

/** The text without control sequences. */
export function plain(text: string): string {
  return text.replace(SEQUENCE, "");
}

/** The screen of a real terminal: draws what is written, answers a program's queries, and keeps the text. */
export class Screen {
  readonly #terminal = new Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  #raw = "";

  /** @param answer gets what the terminal itself sends, such as where its cursor is */
  constructor(answer: (data: string) => void) {
    this.#terminal.onData(answer);
  }

  /** All that was written, without control sequences. */
  get text(): string {
    return plain(this.#raw);
  }

  write(data: string): void {
    this.#raw += data;
    this.#terminal.write(data);
  }

  dispose(): void {
    this.#terminal.dispose();
  }
}
