import assert from "node:assert/strict";
import fc from "fast-check";
import { ScreenState } from "../../../src/taskRunner/terminal/screenState";
import { FlowControl } from "../../../src/taskRunner/terminal/flowControl";
import { ANSWER, BEGIN_FRAME, CHUNK, deafen, END_FRAME, fill, isPending, MESSAGE_MS, QUERY, Screen } from "./screen";

describe("Flow control", () => {
  it("asks to wait while too much is not drawn, and goes on when it is", async () => {
    const screen = new Screen();
    for (let i = 0; i < 3; i++) {
      void fill(screen);
      screen.clock.advance(500);
    }
    const wait = fill(screen);
    assert.ok(screen.pending < 3_500_000, String(screen.pending));
    assert.equal(await isPending(wait), true);
    screen.drawFor(1000);
    await wait;
  });

  it("never has more than that on the way or waiting, however much is written, and loses nothing", async () => {
    const screen = new Screen();
    let [most, pushed] = [0, 0];
    for (let i = 0; i < 200; i++) {
      const text = `${i}\r\n${CHUNK}`;
      const wait = screen.flow.push(text);
      pushed += text.length;
      most = Math.max(most, screen.pending);
      assert.ok(pushed - screen.length <= 1_000_000, `${pushed - screen.length} are waiting`);
      if (wait === undefined) continue;
      while (await isPending(wait)) screen.drawFor(10);
    }
    assert.ok(most < 3_500_000, String(most));
    screen.drawFor(1000);
    assert.equal(screen.shown, Array.from({ length: 200 }, (_, i) => `${i}\r\n${CHUNK}`).join(""));
  });

  it("writes at once what is little, and as it is", () => {
    const screen = new Screen();
    for (const text of ["a", "b\r\n", "c"]) {
      void screen.flow.push(text);
      assert.ok(screen.written.endsWith(text));
    }
    assert.equal(screen.written, "ab\r\nc");
  });

  it("counts many short lines for more than few long ones, as they take longer to draw", () => {
    const [short, long] = [new Screen(), new Screen()];
    for (let i = 0; i < 15; i++) {
      void short.flow.push("y\r\n".repeat(20_000));
      void long.flow.push("y".repeat(60_000));
    }
    assert.ok(short.shown.length < long.shown.length / 2, `${short.shown.length}, ${long.shown.length}`);
  });

  it("lets the screen draw now and then while more comes than can be drawn, and at the end", () => {
    const screen = new Screen();
    for (let i = 0; i < 25; i++) {
      for (let j = 0; j < 12; j++) void screen.flow.push(CHUNK);
      screen.drawFor(20);
    }
    screen.drawFor(20_000);
    const frames = [BEGIN_FRAME, END_FRAME].map((marker) => screen.written.split(marker).length - 1);
    assert.ok((frames[0] ?? 0) > 3, String(frames));
    assert.equal(frames[0], frames[1]);
    assert.ok(screen.written.lastIndexOf(END_FRAME) > screen.written.lastIndexOf(BEGIN_FRAME));
    assert.equal(screen.length, 25 * 12 * CHUNK.length);
  });

  it("goes on whenever output comes, also while the screen is drawing", async () => {
    // Whatever the rhythm of the output, nothing may get stuck.
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(120), fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 30 }), (steps) => {
        const screen = new Screen();
        let pushed = 0;
        for (const [ms, chunks] of steps) {
          for (let i = 0; i < chunks; i++, pushed += CHUNK.length) void screen.flow.push(CHUNK);
          screen.drawFor(ms);
        }
        screen.drawFor(20_000);
        assert.equal(screen.length, pushed);
        assert.equal(screen.clock.timers, 0);
        return Promise.resolve();
      }),
      { numRuns: 30 },
    );
  });

  it("leaves a program that says itself when to draw alone", () => {
    const screen = new Screen();
    void screen.flow.push(BEGIN_FRAME);
    for (let i = 0; i < 20; i++) void screen.flow.push(CHUNK);
    assert.equal(screen.written.split(BEGIN_FRAME).length - 1, 1);
  });

  it("takes the answers out of what is typed, however they are cut and mixed", () => {
    const piece = fc.oneof(fc.constant(ANSWER), fc.constantFrom("a", "\x1b[A", "\x1b", "\x1b[?1;2c", "ü€", "\x03"));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 3 }), fc.array(fc.nat(9), { minLength: 1, maxLength: 30 }), (pieces, cuts) => {
        const screen = new Screen();
        for (let i = 0; i < 80; i++) {
          void screen.flow.push(CHUNK);
          screen.clock.advance(MESSAGE_MS);
        }
        const input = pieces.join("");
        for (let at = 0, i = 0; at < input.length; i++) {
          const length = 1 + (cuts[i % cuts.length] ?? 0);
          screen.flow.input(input.slice(at, at + length));
          at += length;
        }
        screen.clock.advance(50);
        assert.equal(screen.typed, pieces.filter((text) => text !== ANSWER).join(""));
      }),
    );
  });

  it("hands on at once what was typed when nothing was asked, also an Escape, and also nothing", () => {
    const screen = new Screen();
    let calls = 0;
    const flow = new FlowControl({ write: () => undefined, typed: (text) => ((screen.typed += text), calls++), dropped: String, clock: screen.clock });
    flow.input("\x1b");
    flow.input("");
    assert.deepEqual([screen.typed, calls], ["\x1b", 2]);
  });

  it("does not take another answer, which a program has asked for, for its own", () => {
    const screen = new Screen();
    void fill(screen);
    screen.clock.advance(MESSAGE_MS);
    screen.flow.input("\x1b[?2026;2$y\x1b[?1;2c");
    assert.equal(screen.typed, "\x1b[?2026;2$y\x1b[?1;2c");
  });

  it("never puts its question into the middle of a sequence", () => {
    const screen = new Screen();
    void screen.flow.push(`${"x".repeat(750_000)}\x1b]0;a ti`);
    assert.equal(screen.written.includes(QUERY), false);
    void screen.flow.push("tle\x07y");
    assert.ok(screen.written.endsWith(`\x1b]0;a title\x07y${QUERY}`));
  });

  it("lets the program go on when the terminal is not there, and keeps the last million characters", async () => {
    const screen = new Screen();
    await deafen(screen);
    const before = screen.written.length;
    for (let i = 0; i < 100; i++) assert.equal(screen.flow.push(CHUNK), undefined);
    assert.equal(screen.written.length, before);
    void screen.flow.push("the end");
    screen.flow.finish();
    const rest = screen.written.slice(before).replace(END_FRAME, "");
    assert.match(rest, /^<\d+ dropped>x+the end$/);
    assert.ok(rest.length < 1_000_100 && rest.length > 800_000, String(rest.length));
  });

  it("writes nothing to a terminal that is not there", async () => {
    const screen = new Screen();
    await deafen(screen);
    const { written } = screen;
    for (let i = 0; i < 100; i++) {
      void screen.flow.push(CHUNK);
      screen.clock.advance(100);
    }
    assert.equal(screen.written.length, written.length);
  });

  it("writes what it has kept, and says how much it has dropped, when the terminal is there again", async () => {
    const screen = new Screen();
    await deafen(screen);
    for (let i = 0; i < 20; i++) void screen.flow.push(CHUNK);
    void screen.flow.push("newest");
    screen.drawFor(1000);
    assert.match(screen.shown.slice(-1_100_000), /<\d+ dropped>x+newest$/);
  });

  it("does not wait for the screen when the program has ended", async () => {
    const screen = new Screen();
    const wait = fill(screen);
    screen.flow.processExited();
    await wait;
    assert.equal(screen.flow.push(CHUNK), undefined);
  });

  it("tells when all has been written: at once, when the screen has come so far, or when nobody is there to draw it", async () => {
    const [drawn, deaf, finished] = [new Screen(), new Screen(), new Screen()];
    await drawn.flow.drained();
    for (const screen of [drawn, deaf, finished]) void fill(screen);
    const drained = [drawn, deaf, finished].map((screen) => screen.flow.drained());
    for (const wait of drained) assert.equal(await isPending(wait), true);
    const pushed = drawn.length + 65_536;
    drawn.drawFor(500);
    await drained[0];
    assert.ok(drawn.length > pushed);
    void deaf.flow.push("x".repeat(3_500_000));
    deaf.clock.advance(4000);
    await drained[1];
    finished.flow.finish();
    await drained[2];
  });

  it("leaves no timer behind when it has finished", () => {
    const screen = new Screen();
    void fill(screen);
    screen.flow.input("\x1b");
    screen.flow.finish();
    assert.equal(screen.clock.timers, 0);
  });
});

describe("The escape tracker", () => {
  const whole = ["text", "\x1b[31m", "\x1b[?25h", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1bPq#0\x1b\\", "\x1b(B", "\x1b7", "\x1b[3\x18", "\x1b_x\x1b\\"];

  for (const text of whole) {
    it(`is inside of ${JSON.stringify(text)} until its end, and not after`, () => {
      const tracker = new ScreenState();
      const inside = Array.from(text).map((character) => (tracker.feed(character), tracker.inside));
      assert.equal(inside.at(-1), false);
      assert.ok(inside.slice(0, -1).every((one) => one === (text !== "text")));
    });
  }

  it("gives the same however the text is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...whole, "\x1b[", "\x1b]", "\x1b"), { maxLength: 8 }), fc.nat(40), (parts, cut) => {
        const text = parts.join("");
        const [one, two] = [new ScreenState(), new ScreenState()];
        one.feed(text);
        two.feed(text.slice(0, cut));
        two.feed(text.slice(cut));
        assert.equal(one.inside, two.inside);
      }),
    );
  });

  it("takes what never ends for garbage", () => {
    const tracker = new ScreenState();
    tracker.feed(`\x1b]${"x".repeat(4_000_001)}`);
    assert.equal(tracker.inside, false);
  });
});
