import assert from "node:assert/strict";
import fc from "fast-check";
import { harmless, harmlessData } from "../../../src/taskRunner/base/harmless";

describe("Foreign text", () => {
  const harmful: [string, string, string][] = [
    ["an escape sequence", "a\x1b[31mb", "a\\x1b[31mb"],
    ["a title", "\x1b]0;title\x07", "\\x1b]0;title\\x07"],
    ["a sequence that begins with one character", "\u009b2J\u009d", "\\x9b2J\\x9d"],
    ["NUL, Backspace and DEL", "\0\b\x7f", "\\x00\\x08\\x7f"],
    ["a change of direction", "exe\u202etxt.gpj\u202c\u2066\u2069\u200e\u200f\u061c", "exe\\u202etxt.gpj\\u202c\\u2066\\u2069\\u200e\\u200f\\u061c"],
    ["what has no width", "a\u200bb\u2060c\ufeffd\u00ade\u200df\u3164", "a\\u200bb\\u2060c\\ufeffd\\xade\\u200df\\u3164"],
    ["a hidden text", "a\u{e0041}\u{e0042}", "a\\u{e0041}\\u{e0042}"],
    ["half a character", "a\ud83d", "a\\ud83d"],
    ["line ends of all kinds", "a\r\nb\nc\rd\u2028e\u2029f\u0085g\vh\ti", "a b c d e f g h i"],
  ];
  for (const [name, text, shown] of harmful) it(`shows ${name} as what it is`, () => assert.equal(harmless(text), shown));

  it("stays as it is where it is only unusual", () => {
    for (const text of ["naïve café", "e\u0301", "漢字 かな 한글", "👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️ 👍🏽 🇩🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣", "می‌خواهم", "क्‍ष", "שלום", "مرحبا", "葛󠄀", "a  b\u00a0c", "\ue0b0 ✓ → █", "$(icon) [x](y) `z`"]) assert.equal(harmless(text), text);
  });

  it("is harmless whatever it is, and then stays as it is", () => {
    const unit = fc.constantFrom(..."\x1b\x9b\u202e\u2066\u200d\u200c\u061c\ufe0f\u{e0041}\u{e007f}🏴👩💻بक्a \n\r\ud83d".split(""), "🏴", "👩", "💻", "\u{e0067}", "\u{e007f}");
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.array(unit).map((units) => units.join(""))), (text) => {
        const shown = harmless(text);
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\ufeff]/u);
        assert.equal(harmless(shown), shown);
      }),
      { numRuns: 200 },
    );
  });

  it("takes time in proportion to its length", () => {
    const started = performance.now();
    for (const unit of ["\x1b", "👩\u200d", "🏴\u{e0067}", "ب\u200d", "\r\n"]) harmless(unit.repeat(40_000));
    assert.ok(performance.now() - started < 5000);
  });

  it("is made harmless wherever it is in plain data, which stays the same where it is harmless", () => {
    const [good, bad] = [{ n: 1, list: ["a"] }, { n: 2, list: ["\x1b"], none: undefined }];
    const data = { good, bad };
    const shown = harmlessData(data);
    assert.deepEqual(shown, { good, bad: { n: 2, list: ["\\x1b"], none: undefined } });
    assert.equal(shown.good, good);
    assert.equal(harmlessData(bad), shown.bad);
    assert.equal(harmlessData(good), good);
    assert.deepEqual(bad.list, ["\x1b"]);
  });
});
