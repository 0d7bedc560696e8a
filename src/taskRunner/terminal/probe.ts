/**
 * How the terminal of a pseudoterminal is found, without VS Code: what is sent, and what is concluded from it.
 *
 * What is sent to a terminal arrives at its pseudoterminal. First each candidate is sent a number of empty inputs, which
 * no program notices, so that also other extensions' pseudoterminals may be among them: the numbers suggest which
 * pseudoterminal is whose. Then each suggested terminal is sent a token of its own, which only our pseudoterminals
 * receive as they take it out of the input. A token that arrives is proof, however late it comes: an input goes to the
 * pseudoterminal that its terminal has at that moment. So there is no time limit, and no wrong answer.
 */

/** What a probe needs of the world. `T` is a terminal, `P` a pseudoterminal of ours. */
export interface ProbePort<T, P> {
  /** Sends an input to a terminal. @throws when it has been closed */
  readonly send: (terminal: T, text: string) => void;
  /** How many empty inputs the pseudoterminal has received since it was opened. */
  readonly received: (pty: P) => number;
  /** Resolves when all that was sent before has been handed over to the pseudoterminals that are ready. */
  readonly barrier: () => Promise<void>;
  /** The token that stands for this terminal. */
  readonly token: (terminal: T) => string;
}

const BASE = 8;

/** A report of a private mode that does not exist: should it ever reach another program, that ignores it. 0 to 4 are used by terminals. */
const [BEGIN, END] = ["\x1b[?9137;", "$y"];
const FIRST_TOKEN = 5;

/** The text of the nth token, which no other n has. */
export function tokenText(n: number): string {
  return `${BEGIN}${FIRST_TOKEN + n}${END}`;
}

export function isToken(text: string): boolean {
  return text.startsWith(BEGIN) && text.endsWith(END) && /^([5-9]|[1-9]\d+)$/.test(text.slice(BEGIN.length, -END.length));
}

/**
 * How many empty inputs a candidate is sent in each round: its index in digits of base 8, and one more each.
 * @param count of the candidates
 */
export function codeWord(index: number, count: number): number[] {
  const word: number[] = [];
  for (let rest = index, size = Math.max(1, count - 1); size > 0; size = Math.floor(size / BASE)) {
    word.push((rest % BASE) + 1);
    rest = Math.floor(rest / BASE);
  }
  return word;
}

/** The index whose code word was received; undefined when that is none of `count` candidates. */
export function indexOf(word: readonly number[], count: number): number | undefined {
  if (word.length === 0 || word.some((digit) => digit < 1 || digit > BASE)) return undefined;
  const index = word.reduceRight((sum, digit) => sum * BASE + digit - 1, 0);
  return index < count ? index : undefined;
}

/**
 * Sends each candidate its code word, and then those terminals their tokens that it has suggested. Before it, a barrier has
 * to be passed: else an earlier probe's inputs are still on their way.
 */
export async function probe<T, P>(terminals: readonly T[], ptys: readonly P[], port: ProbePort<T, P>): Promise<void> {
  const suggested = await suggest(terminals, ptys, port);
  for (const terminal of suggested) trySend(port, terminal, port.token(terminal));
  if (suggested.length > 0) await port.barrier();
}

async function suggest<T, P>(terminals: readonly T[], ptys: readonly P[], port: ProbePort<T, P>): Promise<T[]> {
  const count = terminals.length;
  const words = ptys.map((): number[] => []);
  const rounds = count === 0 ? 0 : codeWord(0, count).length;
  for (let round = 0; round < rounds; round++) {
    const before = ptys.map((pty) => port.received(pty));
    terminals.forEach((terminal, index) => {
      for (let i = codeWord(index, count)[round] ?? 0; i > 0; i--) if (!trySend(port, terminal, "")) return;
    });
    await port.barrier();
    ptys.forEach((pty, i) => words[i]?.push(port.received(pty) - (before[i] ?? 0)));
  }
  const indices = words.map((word) => indexOf(word, count));
  // Two that have received the same cannot both be in that terminal.
  const unique = indices.filter((index) => index !== undefined && indices.indexOf(index) === indices.lastIndexOf(index));
  return unique.flatMap((index) => (index === undefined ? [] : (terminals[index] ?? [])));
}

/** A terminal that has been closed meanwhile keeps no other from being found. */
function trySend<T, P>(port: ProbePort<T, P>, terminal: T, text: string): boolean {
  try {
    port.send(terminal, text);
    return true;
  } catch {
    return false;
  }
}
