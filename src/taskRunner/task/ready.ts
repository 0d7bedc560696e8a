/** One thing that a task says of itself when it is ready. */
export type ReadyCondition =
  /** One of its processes listens on this TCP port. */
  | { readonly kind: "port"; readonly port: number }
  /** A line of its output matches this regular expression. */
  | { readonly kind: "output"; readonly pattern: string }
  /** A server answers there. */
  | { readonly kind: "http"; readonly url: string }
  /** This command line succeeds. */
  | { readonly kind: "command"; readonly command: string }
  /** It has written something, and then nothing for a while. */
  | { readonly kind: "quiet" };

/** Told what is wrong with a property: its name, its value, and what it must be. */
export type Refuse = (name: string, value: unknown, must: string) => void;

const KINDS = ["port", "output", "http", "command"] as const;
const FORMS = 'must be "quiet", or an object with one of "port", "output", "http" and "command", or a list of these, all of which must hold';

/** Reads `"ready"`: one condition, or a list of them. None where it is absent. */
export function readReady(value: unknown, refuse: Refuse): readonly ReadyCondition[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [readOne("ready", value, refuse) ?? []].flat();
  if (value.length === 0) refuse("ready", value, FORMS);
  return value.flatMap((one: unknown, i) => readOne(`ready[${i}]`, one, refuse) ?? []);
}

/** A port, also as a text: variables such as `${config:port}` give one. */
export function readPort(name: string, value: unknown, refuse: Refuse): number | undefined {
  const port = typeof value === "number" ? value : typeof value === "string" && /^\d{1,5}$/.test(value.trim()) ? Number(value) : NaN;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  refuse(name, value, "must be a TCP port, a number from 1 to 65535");
  return undefined;
}

/** Reads `"ports"`: a list of them, or one. */
export function readPorts(value: unknown, refuse: Refuse): readonly number[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [readPort("ports", value, refuse) ?? []].flat();
  return value.flatMap((one: unknown, i) => readPort(`ports[${i}]`, one, refuse) ?? []);
}

function readOne(name: string, value: unknown, refuse: Refuse): ReadyCondition | undefined {
  if (value === "quiet") return { kind: "quiet" };
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value).filter(([, given]) => given !== undefined) : [];
  const [entry, ...more] = entries as [string, unknown][];
  const kind = KINDS.find((one) => one === entry?.[0]);
  if (entry === undefined || kind === undefined || more.length > 0) {
    refuse(name, value, FORMS);
    return undefined;
  }
  return readKind(`${name}.${kind}`, kind, entry[1], refuse);
}

function readKind(name: string, kind: (typeof KINDS)[number], value: unknown, refuse: Refuse): ReadyCondition | undefined {
  switch (kind) {
    case "port": {
      const port = readPort(name, value, refuse);
      return port === undefined ? undefined : { kind, port };
    }
    case "output": {
      const problem = typeof value !== "string" || value === "" ? "must be a regular expression" : regexProblem(value);
      if (problem !== undefined) refuse(name, value, problem);
      return { kind, pattern: String(value) };
    }
    case "http":
      if (!isHttpUrl(value)) refuse(name, value, 'must be a URL such as "http://localhost:3000/health"');
      return { kind, url: String(value) };
    case "command":
      if (typeof value !== "string" || value.trim() === "" || value.includes("\0")) refuse(name, value, "must be a command line");
      return { kind, command: String(value) };
  }
}

function regexProblem(pattern: string): string | undefined {
  try {
    new RegExp(pattern);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /s, "") : String(error);
    return `must be a regular expression: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
  }
}

function isHttpUrl(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return (protocol === "http:" || protocol === "https:") && hostname !== "";
}
