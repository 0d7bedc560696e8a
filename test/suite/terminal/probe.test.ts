import assert from "node:assert/strict";
import fc from "fast-check";
import { codeWord, indexOf, isToken, probe, tokenText, type ProbePort } from "../../../src/taskRunner/terminal/probe";

/** A terminal whose inputs are under way to the pseudoterminal that it has when they arrive. */
interface FakeTerminal {
  readonly name: number;
  pty: FakePty | undefined;
  readonly underWay: string[];
  closed: boolean;
}

interface FakePty {
  readonly name: number;
  /** One of another extension, which is not asked. */
  readonly foreign: boolean;
  received: number;
  /** The terminals that have proved to be its own. */
  readonly proved: FakeTerminal[];
  readonly texts: string[];
}

/** A window that hands inputs over when it is told to, and in each terminal in their order. */
class FakeWindow {
  readonly terminals: FakeTerminal[] = [];
  readonly ptys: FakePty[] = [];
  readonly #tokens = new Map<string, FakeTerminal>();

  constructor(foreign: readonly boolean[]) {
    foreign.forEach((isForeign, name) => {
      const pty = { name, foreign: isForeign, received: 0, proved: [], texts: [] };
      this.ptys.push(pty);
      this.terminals.push({ name, pty, underWay: [], closed: false });
    });
  }

  get own(): FakePty[] {
    return this.ptys.filter(({ foreign }) => !foreign);
  }

  port(barrier: () => void): ProbePort<FakeTerminal, FakePty> {
    return {
      send: (terminal, text) => {
        if (terminal.closed) throw new Error("Terminal has already been disposed");
        terminal.underWay.push(text);
      },
      received: (pty) => pty.received,
      barrier: () => {
        barrier();
        return Promise.resolve();
      },
      token: (terminal) => {
        const text = tokenText(this.#tokens.size);
        this.#tokens.set(text, terminal);
        return text;
      },
    };
  }

  /** Hands the first inputs over, some of which are lost. */
  handOver(terminal: FakeTerminal, inputs: number, isLost: (input: number) => boolean = () => false): void {
    terminal.underWay.splice(0, inputs).forEach((text, input) => {
      const { pty } = terminal;
      if (pty === undefined || isLost(input)) return;
      if (pty.foreign) pty.texts.push(text);
      else if (isToken(text)) this.#proved(pty, text);
      else pty.received++;
    });
  }

  #proved(pty: FakePty, text: string): void {
    const terminal = this.#tokens.get(text);
    if (terminal !== undefined) pty.proved.push(terminal);
  }
}

describe("the search for a run's terminal", () => {
  it("has another code word for every terminal, and knows it again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), (count) => {
        for (let i = 0; i < count; i++) assert.equal(indexOf(codeWord(i, count), count), i);
        assert.deepEqual([indexOf([], count), indexOf([0], count), indexOf([9], count)], [undefined, undefined, undefined]);
      }),
    );
  });

  it("knows its tokens from what a terminal reports, and from what is typed", () => {
    for (let n = 0; n < 100; n++) assert.ok(isToken(tokenText(n)));
    for (const text of ["", "a", "\x1b[?9137;0$y", "\x1b[?9137;4$y", "\x1b[?9137;$y", `${tokenText(1)}x`]) assert.equal(isToken(text), false);
  });

  it("finds every terminal at once where VS Code keeps the order, and sends other extensions' nothing but nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 70 }), async (foreign) => {
        const window = new FakeWindow(foreign);
        await probe(window.terminals, window.own, window.port(() => window.terminals.forEach((terminal) => window.handOver(terminal, Infinity))));
        for (const pty of window.own) assert.deepEqual(pty.proved.map(({ name }) => name), [pty.name]);
        assert.ok(window.ptys.every(({ texts }) => texts.every((text) => text === "")));
      }),
    );
  });

  it("is right or does not know, whatever is late, lost or closed", async () => {
    const step = fc.record({ terminal: fc.nat(11), inputs: fc.nat(9), lost: fc.array(fc.boolean(), { maxLength: 9 }), closes: fc.boolean(), swaps: fc.option(fc.nat(11)) });
    const steps = fc.array(fc.array(step, { maxLength: 20 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), steps, async (foreign, barriers) => {
        const window = new FakeWindow(foreign);
        let passed = 0;
        const inBetween = (): void => {
          for (const { terminal: index, inputs, lost, closes, swaps } of barriers[passed++ % barriers.length] ?? []) {
            const terminal = window.terminals[index];
            if (terminal === undefined) continue;
            const before = window.ptys.map(({ proved }) => proved.length);
            window.handOver(terminal, inputs, (input) => lost[input] ?? false);
            // What has just been proved holds in this moment.
            window.ptys.forEach((pty, i) => pty.proved.slice(before[i]).forEach((proved) => assert.equal(proved.pty, pty)));
            terminal.closed ||= closes && index % 3 === 0;
            // VS Code uses a terminal again, for another pseudoterminal.
            const other = swaps === null ? undefined : window.terminals[swaps];
            if (other !== undefined) [terminal.pty, other.pty] = [other.pty, terminal.pty];
          }
        };
        for (let tries = 0; tries < 3; tries++) await probe(window.terminals, window.own, window.port(inBetween));
      }),
      { numRuns: 500 },
    );
  });

  it("goes on with the others when a terminal has been closed", async () => {
    const window = new FakeWindow([false, false, false]);
    const closed = window.terminals[1];
    assert.ok(closed !== undefined);
    closed.closed = true;
    await probe(window.terminals, window.own, window.port(() => window.terminals.forEach((terminal) => window.handOver(terminal, Infinity))));
    assert.deepEqual(window.own.map(({ proved }) => proved.map(({ name }) => name)), [[0], [], [2]]);
  });
});
