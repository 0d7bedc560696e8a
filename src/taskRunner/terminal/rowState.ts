/** Ends a row, without a colour that would go on to the edge. */
const END_ROW = "\x1b[0m\r\n";
const [HT, LF, FF, CR, IND, NEL, RI] = [0x09, 0x0a, 0x0c, 0x0d, 0x84, 0x85, 0x8d];

/**
 * What is known of the row in which the cursor stands: whether anything is in it, and whether the cursor is at its start.
 * They differ: after a bare "\n" on a raw terminal the cursor is in an empty row, and not at its start. A row that was
 * reached by a move of the cursor counts for written in, unless the screen has been cleared.
 */
export class RowState {
  #isBlank = true;
  #isAtStart = true;
  /** Nothing has been written since the screen was cleared. */
  #isCleared = false;

  get isBlank(): boolean {
    return this.#isBlank;
  }

  /** What brings the cursor to the start of an empty row: this one, or the next. */
  toStart(): string {
    if (!this.#isBlank) return END_ROW;
    return this.#isAtStart ? "" : "\r";
  }

  /** Text without sequences was written, from here to there. */
  write(text: string, from: number, to: number): void {
    let isBlank: boolean | undefined;
    let isAtStart: boolean | undefined;
    let at = to - 1;
    for (; at >= from && (isBlank === undefined || isAtStart === undefined); at--) {
      const code = text.charCodeAt(at);
      if (isPrinted(code)) [isBlank, isAtStart, this.#isCleared] = [isBlank ?? false, isAtStart ?? false, false];
      else if ((code >= LF && code <= FF) || code === IND) isBlank ??= true;
      else if (code === NEL) [isBlank, isAtStart] = [isBlank ?? true, isAtStart ?? true];
      else if (code === RI) isBlank ??= false;
      else if (code === CR) isAtStart ??= true;
      else if (code === HT) isAtStart ??= false;
    }
    // The rest was not looked at.
    if (at >= from) this.#isCleared = false;
    this.#isBlank = isBlank ?? this.#isBlank;
    this.#isAtStart = isAtStart ?? this.#isAtStart;
  }

  /** ESC and a letter. */
  escape(letter: string): void {
    if (letter === "E") [this.#isBlank, this.#isAtStart] = [true, true];
    else if (letter === "D") this.#isBlank = true;
    else if (letter === "M") this.#moveToRow();
    else if (letter === "8") [this.#isBlank, this.#isAtStart] = [this.#isCleared, false];
  }

  /** ESC [, its parameters, and its last letter. */
  control(letter: string, parameters: string): void {
    if (!/^[\d;]*$/.test(parameters)) return;
    const [first = 0, second = 0] = parameters.split(";").map(Number);
    if ("ABEFHfdruM".includes(letter)) this.#moveToRow();
    if ("EFr".includes(letter)) this.#isAtStart = true;
    else if ("Hf".includes(letter)) this.#isAtStart = second <= 1;
    else if ("G`".includes(letter)) this.#isAtStart = first <= 1;
    else if ("CaIu".includes(letter)) this.#isAtStart = false;
    if (letter === "J" && first === 2) this.#isBlank = this.#isCleared = true;
    else if ("JK".includes(letter) && first === 0) this.#isBlank ||= this.#isAtStart;
    else if (letter === "K" && first === 2) this.#isBlank = true;
  }

  /** The whole screen was reset. */
  reset(): void {
    this.#isBlank = this.#isAtStart = this.#isCleared = true;
  }

  /** It is not known in which column the cursor stands. */
  loseColumn(): void {
    this.#isAtStart = false;
  }

  copy(): RowState {
    const copy = new RowState();
    [copy.#isBlank, copy.#isAtStart, copy.#isCleared] = [this.#isBlank, this.#isAtStart, this.#isCleared];
    return copy;
  }

  #moveToRow(): void {
    this.#isBlank = this.#isCleared;
  }
}

function isPrinted(code: number): boolean {
  return code >= 0x20 && !(code >= 0x7f && code <= 0x9f);
}
