import assert from "node:assert/strict";
import fc from "fast-check";
import stringWidth from "string-width";
import { LineEditor, type LineInput } from "../../../src/taskRunner/terminal/lineEditor";
import { OutputText } from "../../../src/taskRunner/terminal/outputText";

function convert(bytes: Uint8Array, cuts: readonly number[]): string {
  const text = new OutputText();
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  let from = 0;
  const parts = ends.map((end) => {
    const part = text.convert(bytes.subarray(from, end));
    from = end;
    return part;
  });
  return parts.join("") + text.end();
}

describe("OutputText", () => {
  it("gives the same however the bytes are cut", () => {
    const piece = fc.constantFrom("a", "ä", "漢", "👩‍💻", "\n", "\r\n", "\r", "\x1b[31m");
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(1000)), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(""));
        assert.equal(convert(bytes, cuts), convert(bytes, []));
      }),
    );
  });

  it("makes every bare line feed a new line, and leaves the others", () => {
    assert.equal(convert(Buffer.from("a\nb\r\nc\rd\n\n"), []), "a\r\nb\r\nc\rd\r\n\r\n");
  });

  it("does not lose what is no UTF-8", () => {
    assert.equal(convert(Buffer.from([0x61, 0xff, 0x62, 0xe6, 0xbc]), []), "a\ufffdb\ufffd");
  });

  it("leaves the line ends of a terminal alone", () => {
    assert.equal(new OutputText().convert(Buffer.from("a\nb\r\n"), true), "a\nb\r\n");
  });

  it("keeps NUL and other control characters for the terminal, which knows what to do with them", () => {
    assert.equal(convert(Buffer.from("a\0b\x01\x1a\x1b[0m"), []), "a\0b\x01\x1a\x1b[0m");
  });
});

describe("LineEditor", () => {
  function type(...keys: string[]): [LineInput[], string] {
    let echo = "";
    const editor = new LineEditor((text) => (echo += text));
    return [keys.flatMap((key) => editor.handle(key)), echo];
  }

  it("echoes what is typed and hands over the line at Enter", () => {
    assert.deepEqual(type("h", "i", "\r"), [[{ kind: "text", text: "hi\n" }], "hi\r\n"]);
  });

  const erasures: [string, string[], string, string][] = [
    ["a letter", ["ab", "\x7f"], "a", "\b \b"],
    ["a wide character by its two columns", ["a漢", "\x7f"], "a", "\b \b\b \b"],
    ["an emoji that is made of several as one", ["a👩‍💻", "\x7f"], "a", "\b \b\b \b"],
    ["a letter with its accent", ["ae\u0301", "\x7f"], "a", "\b \b"],
    ["a word with Ctrl+W", ["git  commit ", "\x17"], "git  ", "\b \b".repeat(7)],
    ["the line with Ctrl+U", ["abc", "\x15"], "", "\b \b".repeat(3)],
    ["nothing where there is nothing", ["\x7f"], "", ""],
  ];
  for (const [name, keys, line, echo] of erasures) {
    it(`erases ${name}`, () => {
      const [inputs, echoed] = type(...keys, "\r");
      assert.deepEqual(inputs, [{ kind: "text", text: `${line}\n` }]);
      assert.equal(echoed, `${keys.slice(0, -1).join("")}${echo}\r\n`);
    });
  }

  it("takes Ctrl+D for the end of input at the start of a line, and else hands over what is there", () => {
    assert.deepEqual(type("\x04")[0], [{ kind: "endOfInput" }]);
    assert.deepEqual(type("ab", "\x04", "\x04")[0], [{ kind: "text", text: "ab" }, { kind: "endOfInput" }]);
  });

  it("takes Ctrl+C for an interrupt, shows it, and forgets the line", () => {
    assert.deepEqual(type("ab", "\x03", "c\r"), [[{ kind: "interrupt" }, { kind: "text", text: "c\n" }], "ab^Cc\r\n"]);
  });

  it("takes a pasted text line by line, whatever its line ends", () => {
    assert.deepEqual(type("a\r\nb\nc\rd")[0], ["a\n", "b\n", "c\n"].map((text) => ({ kind: "text", text })));
  });

  it("swallows arrow keys, function keys and the marks of a bracketed paste", () => {
    assert.deepEqual(type("\x1b[A\x1bOPx\x1b[200~y\x1b[201~\x1b[1;5C\r"), [[{ kind: "text", text: "xy\n" }], "xy\r\n"]);
  });

  it("swallows the control characters of one character, which the screen would obey", () => {
    assert.deepEqual(type("a\u009b31m\u009d0;title\u0085\x01b\r"), [[{ kind: "text", text: "a31m0;titleb\n" }], "a31m0;titleb\r\n"]);
  });

  it("takes up a sequence after a lone Escape key", () => {
    assert.deepEqual(type("\x1b\x1b[Ax\r")[0], [{ kind: "text", text: "x\n" }]);
  });

  it("does as an editor that looks at the whole line each time, however the keys are cut", () => {
    const text = fc.constantFrom("a", "b ", "\t", "é", "e\u0301", "\u0301", "漢", "ｶﾞ", "한", "\u1112\u1161", "\u11ab", "👩‍💻", "👩", "\u200d", "💻", "🇩🇪", "🇩", "क्", "ष", "กำ", "؀", "\u00a0", "#\ufe0f\u20e3", "x".repeat(70), "漢🇩".repeat(30), "🇫🇷".repeat(35));
    const key = fc.constantFrom("\x7f", "\b", "\x17", "\x15", "\r", "\x04", "\x03");
    const keys = fc.array(fc.oneof({ weight: 3, arbitrary: text }, { weight: 2, arbitrary: key }), { maxLength: 20 });
    fc.assert(
      fc.property(keys, fc.array(fc.nat(20)), (pressed, cuts) => {
        const ends = [...cuts, pressed.length].map((end) => Math.min(end, pressed.length)).sort((a, b) => a - b);
        const pasted = ends.map((end, i) => pressed.slice(ends[i - 1] ?? 0, end).join(""));
        assert.deepEqual(type(...pasted), byWholeLines(pressed));
      }),
      { numRuns: 150 },
    );
  });

  /** The plain way. */
  function byWholeLines(keys: readonly string[]): [LineInput[], string] {
    const graphemes = (text: string): string[] => Array.from(new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text), ({ segment }) => segment);
    const width = (text: string): number => graphemes(text).reduce((sum, one) => sum + (one === "\t" ? 1 : stringWidth(one)), 0);
    const isSpace = (grapheme: string): boolean => /^\s/.test(grapheme);
    const withoutWord = (all: string[]): string[] => all.slice(0, 1 + all.findLastIndex((one, i) => isSpace(one) && all.slice(i).some((later) => !isSpace(later))));
    const inputs: LineInput[] = [];
    let [line, echo] = ["", ""];
    const keep = (kept: string): void => {
      echo += "\b \b".repeat(width(line) - width(kept));
      line = kept;
    };
    for (const key of keys) {
      if (key === "\x7f" || key === "\b") keep(graphemes(line).slice(0, -1).join(""));
      else if (key === "\x15") keep("");
      else if (key === "\x17") keep(withoutWord(graphemes(line)).join(""));
      else if (key === "\r") inputs.push({ kind: "text", text: `${line}\n` });
      else if (key === "\x04") inputs.push(line === "" ? { kind: "endOfInput" } : { kind: "text", text: line });
      else if (key === "\x03") inputs.push({ kind: "interrupt" });
      else line += key;
      if (!["\x7f", "\b", "\x15", "\x17"].includes(key)) echo += key === "\r" ? "\r\n" : key === "\x04" ? "" : key === "\x03" ? "^C" : key;
      if (["\r", "\x04", "\x03"].includes(key)) line = "";
    }
    return [inputs, echo];
  }

  it("takes a character of another kind away that follows many letters, at once", () => {
    // It took 2^60 steps: a letter could be plain in two ways.
    assert.deepEqual(type(`${"x".repeat(60)}ｶﾞ\x7f\r`)[0], [{ kind: "text", text: `${"x".repeat(60)}\n` }]);
  });

  /** What can be pasted 20,000 times: before, a twentieth of it took minutes. */
  for (const unit of ["a", "a ", "漢", "é", "e\u0301", "\u0301", "👩‍💻", "🇩🇪", "\u1112\u1161", "क्", "\x1b[0", "\x1b[", "a\r"]) {
    for (const [name, keys] of Object.entries({ Backspace: "\x7f".repeat(20_000), "Ctrl+U": "\x15", "Ctrl+W": "\x17", "Backspace in between": undefined })) {
      it(`is done at once with 20,000 times ${JSON.stringify(unit)} and ${name}`, () => {
        const data = keys === undefined ? `${unit}\x7f`.repeat(20_000) : unit.repeat(20_000) + keys;
        const started = performance.now();
        const [, echo] = type(data);
        assert.ok(performance.now() - started < 5000);
        assert.ok(echo.length <= 7 * data.length);
      });
    }
  }
});
