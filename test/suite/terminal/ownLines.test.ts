import assert from "node:assert/strict";
import { CHUNK, deafen, fill, Screen } from "./screen";

describe("What is not the program's own", () => {
  it("comes after the output that waits, on a line of its own", () => {
    const screen = new Screen();
    void fill(screen);
    void screen.flow.say("ours\r\n", "lines");
    void screen.flow.push("theirs");
    assert.ok(!screen.shown.includes("ours"));
    screen.drawFor(2000);
    assert.ok(screen.shown.endsWith("x\x1b[0m\r\nours\r\ntheirs"));
  });

  it("follows without a line end where no line has been begun, and so does an echo in a line", () => {
    const screen = new Screen();
    void screen.flow.say("one\r\n", "lines");
    void screen.flow.push("text\r\n");
    void screen.flow.say("two\r\n", "lines");
    void screen.flow.push("> ");
    void screen.flow.say("y", "inline");
    assert.equal(screen.shown, "one\r\ntext\r\ntwo\r\n> y");
  });

  it("begins at the start of a row after a bare line feed of a raw terminal, and leaves no row empty", () => {
    const screen = new Screen();
    void screen.flow.push("text\n");
    void screen.flow.say("ours\r\n", "lines");
    assert.equal(screen.shown, "text\n\rours\r\n");
  });

  it("follows a row that the program has erased, as spinners do, without an empty row", () => {
    const screen = new Screen();
    void screen.flow.push("building\r\x1b[2K");
    void screen.flow.say("ours\r\n", "lines");
    assert.equal(screen.shown, "building\r\x1b[2Kours\r\n");
  });

  it("waits for the end of a sequence with 100,000 keys that are typed meanwhile", () => {
    const screen = new Screen();
    void screen.flow.push("\x1b]0;title");
    const started = performance.now();
    for (let i = 0; i < 100_000; i++) void screen.flow.say("y", "inline");
    void screen.flow.push("\x07");
    screen.drawFor(10_000);
    assert.ok(performance.now() - started < 5000);
    assert.equal(screen.shown, `\x1b]0;title\x07${"y".repeat(100_000)}`);
  });

  it("never comes into the middle of a sequence, however that is cut", () => {
    const screen = new Screen();
    for (const text of ["a\x1b", "[3", "1mb"]) {
      void screen.flow.push(text);
      void screen.flow.say("ours\r\n", "lines");
    }
    assert.equal(screen.shown, `a\x1b[31mb\x1b[0m\r\n${"ours\r\n".repeat(3)}`);
  });

  it("waits for a full-screen program to leave, and then begins where the line stood", () => {
    const screen = new Screen();
    void screen.flow.push("$ less\r\n\x1b[?1049h\x1b[2J");
    void screen.flow.say("ours\r\n", "lines");
    assert.ok(!screen.shown.includes("ours"));
    void screen.flow.push("page\x1b[?1049l");
    assert.ok(screen.shown.endsWith("page\x1b[?1049lours\r\n"));
  });

  it("comes when the screen has been put right, after all output that waits", () => {
    const screen = new Screen();
    void screen.flow.push("\x1b[?1049h");
    void fill(screen);
    screen.flow.restore();
    void screen.flow.say("ours\r\n", "lines");
    screen.drawFor(2000);
    assert.ok(screen.shown.endsWith("x\x1b[?1049l\x1b[!p\x1b(B\x0fours\r\n"));
  });

  it("waits for a full-screen program with the last million characters of another command's output, and tells of the others", () => {
    const screen = new Screen();
    void screen.flow.push("\x1b[?1049h");
    void screen.flow.say("our line\r\n", "lines");
    for (let i = 0; i < 40; i++) void screen.flow.say(CHUNK, "inline");
    screen.flow.restore();
    screen.flow.finish();
    const said = screen.shown.slice(screen.shown.indexOf("<"));
    assert.match(said.replace("\x1b[0m\r\n", ""), /^<\d+ dropped>our line\r\nx+$/);
    assert.ok(said.length < 1_000_100, String(said.length));
  });

  it("is kept in its lines, whatever has to be dropped", async () => {
    const screen = new Screen();
    await deafen(screen);
    void screen.flow.say("ours\r\n", "lines");
    for (let i = 0; i < 100; i++) void screen.flow.push(CHUNK);
    screen.flow.finish();
    const [before = "", after = ""] = screen.shown.split("ours\r\n");
    assert.match(before, /<\d+ dropped>/);
    assert.match(after, /^x+$/);
  });
});
