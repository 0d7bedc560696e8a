import stringWidth from "string-width";
import { EditedLine } from "./editedLine";

/** What the typed keys amount to. */
export type LineInput =
  /** A finished line, with its "\n". */
  | { kind: "text"; text: string }
  /** Ctrl+D at the start of a line. */
  | { kind: "endOfInput" }
  /** Ctrl+C. */
  | { kind: "interrupt" };

/** What is read as one: text; a sequence of a key that moves a cursor or changes something that a line on a pipe does not have; several Backspaces; or any other key. */
/* eslint-disable no-control-regex */
const TEXT = /[^\x00-\x08\x0a-\x1f\x7f-\x9f]+/y;
const ESCAPE_SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|[^[O\x1b])/uy;
const BACKSPACES = /[\b\x7f]+/y;
/** CR LF is one Enter, as it comes from a pasted text. */
const KEY = /\r\n|[^]/y;
/* eslint-enable no-control-regex */

/** The widths of so many graphemes are kept: to find one out takes 20 µs. */
const MAX_WIDTHS = 10_000;
const widths = new Map<string, number>();

/**
 * The line editing that a terminal driver does before a program on a pipe sees anything: echo, Backspace, Ctrl+W and
 * Ctrl+U, Enter, Ctrl+D for the end of input, Ctrl+C. Whatever is pasted takes time and output in proportion to its length.
 */
export class LineEditor {
  readonly #line = new EditedLine();
  readonly #echo: (text: string) => void;

  /** @param echo writes to the screen */
  constructor(echo: (text: string) => void) {
    this.#echo = echo;
  }

  /** Takes what was typed or pasted, in any number of keys. */
  handle(data: string): LineInput[] {
    const inputs: LineInput[] = [];
    let at = 0;
    const read = (pattern: RegExp): string | undefined => {
      pattern.lastIndex = at;
      const found = pattern.exec(data)?.[0];
      at += found?.length ?? 0;
      return found;
    };
    while (at < data.length) {
      const text = read(TEXT);
      if (text !== undefined) this.#type(text);
      // Swallowed: it prints nothing.
      else if (read(ESCAPE_SEQUENCE) === undefined) {
        const backspaces = read(BACKSPACES);
        if (backspaces === undefined) inputs.push(...this.#key(read(KEY) ?? ""));
        else this.#erase(this.#pop(backspaces.length));
      }
    }
    return inputs;
  }

  /** A control character that is none of the keys is dropped: the screen would obey it. */
  #key(key: string): LineInput[] {
    switch (key) {
      case "\x03":
        this.#echo("^C");
        this.#line.take();
        return [{ kind: "interrupt" }];
      case "\x04":
        return this.#endOfInput();
      case "\r\n":
      case "\r":
      case "\n":
        return this.#enter();
      case "\x15":
        this.#erase(this.#pop(Infinity));
        return [];
      case "\x17":
        this.#erase(this.#popWord());
        return [];
      default:
        return [];
    }
  }

  #enter(): LineInput[] {
    this.#echo("\r\n");
    return [{ kind: "text", text: `${this.#line.take()}\n` }];
  }

  /** In the middle of a line, Ctrl+D hands over what is there without a line end; at its start that is nothing: the end. */
  #endOfInput(): LineInput[] {
    const text = this.#line.take();
    return text === "" ? [{ kind: "endOfInput" }] : [{ kind: "text", text }];
  }

  #type(text: string): void {
    this.#line.append(text);
    this.#echo(text);
  }

  /** @returns the columns of what goes */
  #pop(graphemes: number): number {
    let width = 0;
    for (let i = 0; i < graphemes; i++) {
      const grapheme = this.#line.pop();
      if (grapheme === undefined) break;
      width += columns(grapheme);
    }
    return width;
  }

  /** The last word, with the spaces after it. @returns its columns */
  #popWord(): number {
    let width = 0;
    let inWord = false;
    for (let grapheme = this.#line.pop(); grapheme !== undefined; grapheme = this.#line.pop()) {
      const isSpace = /^\s/.test(grapheme);
      if (isSpace && inWord) {
        this.#line.append(grapheme);
        break;
      }
      inWord ||= !isSpace;
      width += columns(grapheme);
    }
    return width;
  }

  #erase(width: number): void {
    if (width > 0) this.#echo("\b \b".repeat(width));
  }
}

function columns(grapheme: string): number {
  if (grapheme.length === 1 && grapheme <= "~") return 1;
  const known = widths.get(grapheme);
  if (known !== undefined) return known;
  const width = stringWidth(grapheme);
  if (widths.size >= MAX_WIDTHS) widths.clear();
  widths.set(grapheme, width);
  return width;
}
