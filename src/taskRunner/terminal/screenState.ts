import { RowState } from "./rowState";

/** After so many characters inside one sequence it is taken for garbage, a binary file that was printed: images are shorter. */
const LONGEST_SEQUENCE = 4_000_000;
/** The parameters of a sequence that sets modes are shorter. */
const LONGEST_PARAMETERS = 64;

type State = "ground" | "escape" | "csi" | "string" | "stringEscape";

/** ESC, or one of the single characters of the C1 set that stand for ESC and a letter. */
// eslint-disable-next-line no-control-regex
const BEGIN = /[\x1b\x90\x98\x9b\x9d-\x9f]/g;

/** The private modes that show another screen: full-screen programs have one of them on. */
const ALTERNATE = ["1049", "1047", "47"];
/** Those that are on unless a program switches them off: line wrap and the cursor. */
const ON_BY_DEFAULT = new Set(["7", "25"]);

/**
 * Follows what a program does to the screen: whether it is in the middle of an escape sequence, where nothing of ours may be
 * put in, whether a line has been begun, and which modes it has changed and may leave behind. After the outline of ECMA-48: ESC and a letter, ESC [ up to a
 * final byte, and the strings (OSC, DCS, SOS, PM, APC), which BEL or ESC \ ends; the modes are xterm's.
 */
export class ScreenState {
  #state: State = "ground";
  #length = 0;
  #parameters = "";
  /** Private modes that are not as they are by default. */
  readonly #changed = new Set<string>();
  /** Something else has been changed that only a reset restores: margins, character sets, the keypad. */
  #altered = false;
  #keyboards = 0;
  #row = new RowState();
  /** The row as it was when the other screen came: there the cursor stands again afterwards. */
  #beforeAlternate = this.#row;

  /** Whether nothing is in the cursor's row. */
  get atLineStart(): boolean {
    return this.#row.isBlank;
  }

  /** What brings the cursor to the start of an empty row; "" when it is there. */
  toRowStart(): string {
    return this.#row.toStart();
  }

  get inside(): boolean {
    return this.#state !== "ground";
  }

  /** Whether the other screen is shown. */
  get alternate(): boolean {
    return ALTERNATE.some((mode) => this.#changed.has(mode));
  }

  /** Whether the program itself has told the screen to wait with drawing (synchronized output). */
  get isHeld(): boolean {
    return this.#changed.has("2026");
  }

  feed(text: string): void {
    for (let i = 0; i < text.length; i++) {
      if (this.#state === "ground") {
        BEGIN.lastIndex = i;
        const end = BEGIN.exec(text)?.index ?? text.length;
        this.#row.write(text, i, end);
        if (end === text.length) return;
        i = end;
        this.#state = this.#begin(text.charCodeAt(i));
        continue;
      }
      this.#state = ++this.#length > LONGEST_SEQUENCE ? "ground" : this.#next(text.charCodeAt(i));
    }
  }

  /** What gives the user back a screen that works as before, after a program that could not clean up; "" where nothing has to be. */
  restore(): string {
    const broken = this.inside ? "\x18" : "";
    const modes = [...this.#changed].map((mode) => `\x1b[?${mode}${ON_BY_DEFAULT.has(mode) ? "h" : "l"}`);
    const keyboards = this.#keyboards > 0 ? `\x1b[<${this.#keyboards}u` : "";
    // DECSTR, and G0 as ASCII, shifted in.
    const reset = this.#altered || modes.length > 0 ? "\x1b[!p\x1b(B\x0f" : "";
    this.#state = "ground";
    if (this.alternate) this.#leaveAlternate(this.#hasStoredCursor);
    this.#forget();
    return broken + modes.join("") + keyboards + reset;
  }

  #begin(code: number): State {
    this.#length = 0;
    this.#parameters = "";
    return code === 0x1b ? "escape" : code === 0x9b ? "csi" : "string";
  }

  #next(code: number): State {
    // CAN and SUB break every sequence off, ESC begins a new one.
    if (code === 0x18 || code === 0x1a) return "ground";
    switch (this.#state) {
      case "escape":
        return this.#afterEscape(code);
      case "csi":
        if (code === 0x1b) return this.#begin(code);
        if (code >= 0x40 && code <= 0x7e) this.#control(String.fromCharCode(code));
        else if (this.#parameters.length < LONGEST_PARAMETERS) this.#parameters += String.fromCharCode(code);
        return code >= 0x40 && code <= 0x7e ? "ground" : "csi";
      case "string":
        if (code === 0x07 || code === 0x9c) return "ground";
        return code === 0x1b ? "stringEscape" : "string";
      case "stringEscape":
        if (code === 0x5c) return "ground";
        return code === 0x1b ? "stringEscape" : "string";
      case "ground":
        return "ground";
    }
  }

  #afterEscape(code: number): State {
    if (code === 0x1b) return this.#begin(code);
    if ([0x28, 0x29, 0x3d].includes(code)) this.#altered = true; // ( ) = : character sets, keypad
    if (code >= 0x20 && code <= 0x2f) {
      this.#parameters = String.fromCharCode(code);
      return "escape";
    }
    // What follows ( and the like is a name.
    if (this.#parameters !== "") return "ground";
    if (code === 0x5b) return "csi"; // [
    if ([0x5d, 0x50, 0x58, 0x5e, 0x5f].includes(code)) return "string"; // ] P X ^ _
    if (code === 0x63) this.#reset();
    else this.#row.escape(String.fromCharCode(code));
    return "ground";
  }

  #control(final: string): void {
    const parameters = this.#parameters;
    this.#row.control(final, parameters);
    if ((final === "h" || final === "l") && parameters.startsWith("?")) {
      for (const mode of parameters.slice(1).split(";")) this.#setMode(mode, final === "h");
    } else if (final === "r" || final === "h") this.#altered = true;
    else if (final === "p" && parameters === "!") this.#altered = false;
    else if (final === "u" && parameters.startsWith(">")) this.#keyboards++;
    else if (final === "u" && parameters.startsWith("<")) this.#keyboards = Math.max(0, this.#keyboards - (Number(parameters.slice(1)) || 1));
  }

  #setMode(mode: string, on: boolean): void {
    const wasAlternate = this.alternate;
    const isCursorBack = mode === "1049" && this.#hasStoredCursor;
    // They are one screen, whichever of them shows or hides it.
    if (!on && ALTERNATE.includes(mode)) for (const other of ALTERNATE) this.#changed.delete(other);
    if (!/^\d+$/.test(mode)) return;
    if (on === ON_BY_DEFAULT.has(mode)) this.#changed.delete(mode);
    else this.#changed.add(mode);
    // It brings the cursor back to where it was stored, whatever screen is shown.
    if (mode === "1049" && !on && !wasAlternate) this.#row.escape("8");
    if (this.alternate === wasAlternate) return;
    if (wasAlternate) this.#leaveAlternate(isCursorBack);
    else this.#beforeAlternate = this.#row.copy();
  }

  /** Of the three modes only one stores the cursor, and brings it back. */
  get #hasStoredCursor(): boolean {
    return !this.#changed.has("1047") && !this.#changed.has("47");
  }

  #leaveAlternate(isCursorBack: boolean): void {
    this.#row = this.#beforeAlternate;
    if (!isCursorBack) this.#row.loseColumn();
  }

  /** RIS, a reset of everything: the screen is empty. */
  #reset(): void {
    this.#forget();
    this.#row.reset();
  }

  #forget(): void {
    this.#changed.clear();
    this.#altered = false;
    this.#keyboards = 0;
  }
}
