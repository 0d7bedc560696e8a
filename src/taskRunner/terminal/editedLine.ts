const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The segmenter's time grows with the square of the text's length: it never gets more than so many UTF-16 code units. */
const CHUNK = 64;

/**
 * A character that is a grapheme of its own, unless a mark follows. Two of them in a row are never one. As one class: alternatives
 * that share characters would be tried in all combinations, and their number grows exponentially.
 */
const PLAIN = String.raw`[\t -~\uac00-\ud7a3[\p{L}&&[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]]]`;
const ALL_PLAIN = new RegExp(`^${PLAIN}*$`, "v");
const UP_TO_LAST_PLAIN_PAIR = new RegExp(`^.*${PLAIN}(?=${PLAIN})`, "sv");

/**
 * A line that grows and shrinks at its end, as it is typed. Text goes in as it comes, and out by graphemes: what the reader
 * takes for one character. Appending is linear in the text, and taking a grapheme away does not depend on the line's length.
 */
export class EditedLine {
  /** What has been cut up: graphemes, or chunks of some, which end where a grapheme ends. */
  readonly #chunks: string[] = [];
  #appended = "";

  append(text: string): void {
    this.#appended += text;
  }

  /** Takes the last grapheme away. One that is longer than a chunk goes piece by piece. @returns it, or undefined at the start of the line */
  pop(): string | undefined {
    // Only now: most text is never cut up. What was last may go on, with an accent.
    if (this.#appended !== "") this.#cut();
    const last = this.#chunks.pop();
    if (last === undefined) return undefined;
    const graphemes = graphemesOf(last);
    const grapheme = graphemes.pop();
    this.#chunks.push(...graphemes);
    return grapheme;
  }

  /** Takes the whole line away. */
  take(): string {
    const text = this.#chunks.join("") + this.#appended;
    this.#chunks.length = 0;
    this.#appended = "";
    return text;
  }

  #cut(): void {
    const text = (this.#chunks.pop() ?? "") + this.#appended;
    this.#appended = "";
    for (let from = 0; from < text.length; ) {
      const ahead = text.slice(from, from + CHUNK);
      const length = from + CHUNK < text.length ? lengthOfChunk(ahead) : ahead.length;
      this.#chunks.push(ahead.slice(0, length));
      from += length;
    }
  }
}

function graphemesOf(chunk: string): string[] {
  return ALL_PLAIN.test(chunk) ? Array.from(chunk) : Array.from(segmenter.segment(chunk), ({ segment }) => segment);
}

/** How much of a text that goes on is whole graphemes. */
function lengthOfChunk(text: string): number {
  const plain = UP_TO_LAST_PLAIN_PAIR.exec(text)?.[0].length;
  if (plain !== undefined) return plain;
  // The half of a character would count for one.
  const whole = text.replace(/[\ud800-\udbff]$/, "");
  const graphemes = graphemesOf(whole);
  return graphemes.length === 1 ? whole.length : whole.length - (graphemes.at(-1) ?? "").length;
}
