/** Scripts whose letters are joined or kept apart by the zero-width joiner and non-joiner. */
const JOINING = ["Arabic", "Syriac", "Mongolian", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Khmer", "Myanmar"];

/** What belongs to a visible character although it is none: the joiners in an emoji, the letters of a flag, a joiner after a letter. */
const EMOJI = String.raw`\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]*`;
const KEPT = String.raw`${EMOJI}(?:\u200d${EMOJI})+|\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{2,6}\u{e007f}|(?<=(?=[\p{L}\p{M}])[${JOINING.map((script) => String.raw`\p{Script=${script}}`).join("")}])[\u200c\u200d]`;

/** Controls (C0, DEL, C1), halves of characters, line and paragraph separators, the controls of direction, and whatever else has no width. */
const HARMFUL = String.raw`\r\n|[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\ufff9-\ufffb]|(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}`;
/** What only ends a line or a word. */
const SPACES = "\t\n\v\f\r\x85\u2028\u2029";
/** Made when it is needed first: that takes 3 ms, in a window that comes up. */
let pattern: RegExp | undefined;

/**
 * Makes a text harmless that we have not written (a process's name, a command line, a path, a label) where it becomes part of
 * one of ours: it stays in its line, the screen does not obey it, and it reads as it is. Line ends and tabs become spaces,
 * other characters that cannot be seen are written out: "\x1b", "\u202e". Letters, emoji and what joins them stay.
 */
export function harmless(text: string): string {
  pattern ??= new RegExp(`(${KEPT})|${HARMFUL}`, "gu");
  return text.replace(pattern, (found: string, kept: string | undefined) => kept ?? (SPACES.includes(found.charAt(0)) ? " " : written(found)));
}

function written(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code > 0xffff) return `\\u{${digits}}`;
  return code > 0xff ? `\\u${digits.padStart(4, "0")}` : `\\x${digits.padStart(2, "0")}`;
}

/** What has been looked through: plain data is replaced, and not changed. */
const looked = new WeakMap<object, unknown>();

/** Plain data with only harmless texts: the same where they are so already. */
export function harmlessData<T>(data: T): T;
export function harmlessData(data: unknown): unknown {
  if (typeof data === "string") return harmless(data);
  if (typeof data !== "object" || data === null) return data;
  if (!looked.has(data)) looked.set(data, Array.isArray(data) ? itemsOf(data) : fieldsOf(data));
  return looked.get(data);
}

function itemsOf(data: readonly unknown[]): readonly unknown[] {
  const items = data.map((item) => harmlessData(item));
  return items.every((item, i) => item === data[i]) ? data : items;
}

function fieldsOf(data: object): object {
  const before = Object.entries(data) as [string, unknown][];
  const after = before.map(([name, value]) => [name, harmlessData(value)] as const);
  return after.every(([, value], i) => value === before[i]?.[1]) ? data : Object.fromEntries(after);
}
