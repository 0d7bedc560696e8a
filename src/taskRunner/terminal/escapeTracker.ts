/** After so many characters inside one sequence it is taken for garbage: a binary file that was printed. */
const LONGEST_SEQUENCE = 65_536;

type State = "ground" | "escape" | "csi" | "string" | "stringEscape";

/**
 * Knows whether a text stops in the middle of an escape sequence, where nothing of ours may be put in. Follows the outline of
 * ECMA-48: ESC and a letter, ESC [ up to a final byte, and the strings (OSC, DCS, SOS, PM, APC), which BEL or ESC \ ends.
 */
export class EscapeTracker {
  #state: State = "ground";
  #length = 0;

  get inside(): boolean {
    return this.#state !== "ground";
  }

  feed(text: string): void {
    for (let i = 0; i < text.length; i++) {
      if (this.#state === "ground") {
        const next = text.indexOf("\x1b", i);
        if (next === -1) return;
        i = next;
        this.#state = "escape";
        this.#length = 0;
        continue;
      }
      this.#state = ++this.#length > LONGEST_SEQUENCE ? "ground" : this.#next(text.charCodeAt(i));
    }
  }

  #next(code: number): State {
    // CAN and SUB break every sequence off, ESC begins a new one.
    if (code === 0x18 || code === 0x1a) return "ground";
    switch (this.#state) {
      case "escape":
        if (code === 0x5b) return "csi"; // [
        if ([0x5d, 0x50, 0x58, 0x5e, 0x5f].includes(code)) return "string"; // ] P X ^ _
        return code === 0x1b || (code >= 0x20 && code <= 0x2f) ? "escape" : "ground";
      case "csi":
        if (code === 0x1b) return "escape";
        return code >= 0x40 && code <= 0x7e ? "ground" : "csi";
      case "string":
        if (code === 0x07) return "ground";
        return code === 0x1b ? "stringEscape" : "string";
      case "stringEscape":
        if (code === 0x5c) return "ground";
        return code === 0x1b ? "stringEscape" : "string";
      case "ground":
        return "ground";
    }
  }
}
