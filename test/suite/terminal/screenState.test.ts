import assert from "node:assert/strict";
import { Terminal } from "@xterm/headless";
import fc from "fast-check";
import { ScreenState } from "../../../src/taskRunner/terminal/screenState";

function after(text: string): ScreenState {
  const state = new ScreenState();
  state.feed(text);
  return state;
}

/** A real xterm.js that has been written to. */
async function xterm(...texts: string[]): Promise<Terminal> {
  const terminal = new Terminal({ cols: 20, rows: 6, allowProposedApi: true });
  for (const text of texts) await new Promise<void>((resolve) => terminal.write(text, resolve));
  return terminal;
}

function line(terminal: Terminal, y: number): string {
  return terminal.buffer.active.getLine(terminal.buffer.active.baseY + y)?.translateToString(true) ?? "";
}

/** What programs leave when they are killed. */
const MESSES: Record<string, string> = {
  "a full-screen program": "\x1b[?1049h\x1b[22;0;0t\x1b[?1h\x1b=\x1b[H\x1b[2J\x1b[?25l~\r\n~\x1b[2;5r\x1b[44mtext",
  "the older other screens": "\x1b[?47h\x1b[2Jx",
  "mouse tracking": "\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h",
  "a prompt that takes pasted text": "\x1b[?2004h> ",
  "a hidden cursor and no line wrap": "\x1b[?25l\x1b[?7l",
  "several modes in one sequence": "\x1b[?1049;1002;2004h",
  "margins": "\x1b[2;3r",
  "line drawing characters": "\x1b(0lqqk",
  "insert mode and origin mode": "\x1b[4h\x1b[?6h",
  "an unfinished sequence": "text\x1b[38;5",
  "an unfinished title": "\x1b]0;title",
  "an unfinished device string": "\x1bPq#0",
  "a mode that is set by a single C1 character": "\x9b?1049h",
};

describe("ScreenState", () => {
  for (const [name, mess] of Object.entries(MESSES)) {
    it(`puts right what is left by ${name}`, async () => {
      const terminal = await xterm("first\r\n", mess, after(mess).restore(), "\r\nlast");
      const plain = await xterm("");
      assert.equal(terminal.buffer.active.type, "normal");
      assert.deepEqual({ ...terminal.modes }, { ...plain.modes });
      assert.equal(line(terminal, 0), "first");
      const lines = Array.from({ length: 6 }, (_, y) => line(terminal, y));
      assert.ok(lines.includes("last"), lines.join("|"));
    });
  }

  it("has nothing to put right after a program that has cleaned up", () => {
    for (const tidy of ["plain text\r\n", "\x1b[1;31mred\x1b[0m\r\n", "\x1b[?1049h\x1b[?25lx\x1b[?25h\x1b[?1049l", "\x1b[?2004h$ \x1b[?2004l", "\x1b[>1u\x1b[<u", "\x1b[?1049h\x1b[?25l\x1bc", "\x1b]8;;http://x\x07link\x1b]8;;\x07"]) {
      assert.equal(after(tidy).restore(), "", JSON.stringify(tidy));
    }
  });

  it("has nothing more to put right once it has", () => {
    const state = after(MESSES["a full-screen program"] ?? "");
    state.restore();
    assert.deepEqual([state.restore(), state.alternate, state.inside], ["", false, false]);
  });

  it("knows when the other screen is shown", () => {
    const state = after("\x1b[?1049h");
    assert.equal(state.alternate, true);
    state.feed("\x1b[?1049l");
    assert.equal(state.alternate, false);
  });

  const lines: [string, boolean][] = [
    ["", true],
    ["a", false],
    ["a\r\n", true],
    ["a\n\x1b[0m", true],
    ["a\n\x1b[1;32m\x1b]0;title\x07", true],
    ["a\x1b[0m", false],
    ["\x1b[0m", true],
    ["a\n\x1b(B", true],
    ["a\x1bc", true],
    ["a\n\x1b[?1049h\x1b[2Jx\x1b[?1049l", true],
    ["a\x1b[?1049h\x1b[2Jx\n\x1b[?1049l", false],
    ["a\n\x1b[?1049hx\x1b[?1049lb", false],
  ];
  for (const [text, atStart] of lines) {
    it(`knows that ${JSON.stringify(text)} ${atStart ? "ends at the start of a line" : "has begun a line"}`, () => {
      assert.equal(after(text).atLineStart, atStart);
    });
  }

  it("knows where the line stood when it takes away the other screen itself", () => {
    const states = ["a\n\x1b[?1049hx", "a\x1b[?1049hx\n"].map(after);
    for (const state of states) state.restore();
    assert.deepEqual(states.map(({ atLineStart }) => atLineStart), [true, false]);
  });

  const starts: [string, "" | "\r" | "\x1b[0m\r\n"][] = [
    ["", ""],
    ["a\r\n", ""],
    ["a\n", "\r"],
    ["a\n\r", ""],
    ["a", "\x1b[0m\r\n"],
    ["progress\r", "\x1b[0m\r\n"],
    ["progress\r\x1b[K", ""],
    ["progress\x1b[2K", "\r"],
    ["progress\x1b[2K\x1b[1A\x1b[2K\x1b[G", ""],
    ["a\r\n\x07\x1b[0m", ""],
    ["a\r\n\t", "\r"],
    ["a\r\n\x1b[5C", "\r"],
    ["a\r\n\x1b[1A", "\x1b[0m\r\n"],
    ["a\x1b[H\x1b[2J", ""],
    ["a\x1b[2J\x1b[3J\x1b[H", ""],
    ["a\x1b[1;1H\x1b[0J", ""],
    ["a\x1b[2J\x1b[Hb\x1b[H", "\x1b[0m\r\n"],
    ["a\x85", ""],
    ["a\x1bE", ""],
    ["a\x1bD", "\r"],
    ["a\r\n\x1b(D\x1b(B", ""],
  ];
  for (const [text, start] of starts) {
    it(`comes from ${JSON.stringify(text)} to the start of an empty row by ${JSON.stringify(start)}`, () => {
      assert.equal(after(text).toRowStart(), start);
    });
  }

  /** What leaves no doubt about the row, and what does. */
  const moves = ["a", "漢", "\n", "\r", "\r\n", "\x07", "\x1b[K", "\x1b[2K", "\x1b[2J", "\x1b[J", "\x1b[31m", "\x1b[G", "\x1bE", "\x1bD", "\x85", "\x84", "\x1bc", "a".repeat(19), "b".repeat(40), "\x1b(B", "\x1b]0;t\x07", "\x1b[?25l"];
  const jumps = ["\t", "\x1b[3C", "\x1b[4G", "\b", "\x1b[9D", "\x1b[1K", "\x1b[A", "\x1b[2B", "\x1b[H", "\x1b[3;4H", "\x1b[3;1H", "\x1b[2F", "\x1b[E", "\x1b[4d", "\x1bM", "\x8d", "\x1b7", "\x1b8", "\x1b[s", "\x1b[u", "\x1b[L", "\x1b[M", "\x1b[2;4r", "\x1b[r", "\x1b[?1049h", "\x1b[?1049l", "\x1b[?47h", "\x1b[?47l"];

  it("brings a real terminal's cursor to the start of a row, whatever the program has written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...moves, ...jumps), { maxLength: 20 }), async (pieces) => {
        const state = after(pieces.join(""));
        const terminal = await xterm(pieces.join(""), state.restore() + state.toRowStart());
        assert.equal(terminal.buffer.active.cursorX, 0);
      }),
      { numRuns: 300 },
    );
  });

  it("neither overwrites a row of a program that writes from the top down, nor leaves one empty", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...moves), { maxLength: 20 }), async (pieces) => {
        const text = pieces.join("");
        const before = await xterm(text);
        const { cursorY } = before.buffer.active;
        const isBlank = line(before, cursorY) === "";
        const start = after(text).toRowStart();
        assert.equal(isBlank, start !== "\x1b[0m\r\n");
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same however the text is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "\n", "\r", "\x1b", "[", "?1049", "?47", "?25", ";", "2", "J", "K", "H", "A", "E", "D", "h", "l", "r", "(0", "]0;", "\x07", "c", "\x18"), { maxLength: 20 }), fc.array(fc.nat(40)), (pieces, cuts) => {
        const text = pieces.join("");
        const [whole, cut] = [after(text), new ScreenState()];
        let from = 0;
        for (const to of [...cuts.map((at) => at % (text.length + 1)).sort((a, b) => a - b), text.length]) {
          cut.feed(text.slice(from, to));
          from = to;
        }
        assert.deepEqual([cut.inside, cut.alternate, cut.toRowStart(), cut.restore(), cut.toRowStart()], [whole.inside, whole.alternate, whole.toRowStart(), whole.restore(), whole.toRowStart()]);
      }),
    );
  });
});
