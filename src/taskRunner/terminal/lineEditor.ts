import stringWidth from "string-width";

/** What the typed keys amount to. */
export type LineInput =
  /** A finished line, with its "\n". */
  | { kind: "text"; text: string }
  /** Ctrl+D at the start of a line. */
  | { kind: "endOfInput" }
  /** Ctrl+C. */
  | { kind: "interrupt" };

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

const ESC = "\x1b";
/** Keys that move a cursor or change something that a line on a pipe does not have: swallowed, as they print nothing. */
const ESCAPE_SEQUENCE = new RegExp(`^${ESC}(\\[[0-?]*[ -/]*[@-~]|O[ -~]|[^[O])`);

/**
 * The line editing that a terminal driver does before a program on a pipe sees anything: echo, Backspace, Ctrl+W and
 * Ctrl+U, Enter, Ctrl+D for the end of input, Ctrl+C.
 */
export class LineEditor {
  #line = "";
  readonly #echo: (text: string) => void;

  /** @param echo writes to the screen */
  constructor(echo: (text: string) => void) {
    this.#echo = echo;
  }

  /** The line as typed so far. */
  get line(): string {
    return this.#line;
  }

  /** Takes what was typed or pasted, in any number of keys. */
  handle(data: string): LineInput[] {
    const inputs: LineInput[] = [];
    let rest = data;
    while (rest !== "") {
      const escape = ESCAPE_SEQUENCE.exec(rest)?.[0];
      // CR LF is one Enter, as it comes from a pasted text.
      const key = escape ?? (rest.startsWith("\r\n") ? "\r\n" : String.fromCodePoint(rest.codePointAt(0) ?? 0));
      rest = rest.slice(key.length);
      if (escape === undefined) inputs.push(...this.#key(key));
    }
    return inputs;
  }

  #key(key: string): LineInput[] {
    switch (key) {
      case "\x03":
        this.#echo("^C");
        this.#line = "";
        return [{ kind: "interrupt" }];
      case "\x04":
        return this.#endOfInput();
      case "\r\n":
      case "\r":
      case "\n":
        return this.#enter();
      case "\x7f":
      case "\b":
        this.#erase(1);
        return [];
      case "\x15":
        this.#erase(Infinity);
        return [];
      case "\x17":
        this.#erase([...segmenter.segment(/\S*\s*$/.exec(this.#line)?.[0] ?? "")].length);
        return [];
      default:
        this.#type(key);
        return [];
    }
  }

  #enter(): LineInput[] {
    const text = `${this.#line}\n`;
    this.#line = "";
    this.#echo("\r\n");
    return [{ kind: "text", text }];
  }

  /** In the middle of a line, Ctrl+D hands over what is there without a line end; at its start that is nothing: the end. */
  #endOfInput(): LineInput[] {
    const text = this.#line;
    this.#line = "";
    return text === "" ? [{ kind: "endOfInput" }] : [{ kind: "text", text }];
  }

  #type(key: string): void {
    if (key < " " && key !== "\t") return;
    this.#line += key;
    this.#echo(key);
  }

  #erase(graphemes: number): void {
    const all = [...segmenter.segment(this.#line)].map((s) => s.segment);
    const kept = all.slice(0, Math.max(0, all.length - graphemes));
    const width = all.slice(kept.length).reduce((sum, grapheme) => sum + columns(grapheme), 0);
    this.#line = kept.join("");
    this.#echo("\b \b".repeat(width));
  }
}

function columns(grapheme: string): number {
  return grapheme === "\t" ? 1 : stringWidth(grapheme);
}
