import assert from "node:assert/strict";
import manifest from "../../../package.json";
import { READY_MATCHER } from "../../../src/contributions";
import { awaitingReadyLine, notReadyLine, readyLine } from "../../../src/taskRunner/run/readyWords";
import { checkDefinition } from "../../../src/taskRunner/task/definition";
import type { ReadyCondition } from "../../../src/taskRunner/task/ready";
import { DEFAULTS } from "../run/startedRun";

function read(ready: unknown): readonly ReadyCondition[] | readonly string[] {
  const checked = checkDefinition({ command: "serve", ready }, DEFAULTS);
  return checked.ok ? checked.definition.ready : checked.problems;
}

describe('"ready" of a task', () => {
  const FORMS = 'must be "quiet", or an object with one of "port", "output", "http" and "command", or a list of these, all of which must hold.';
  const good: [unknown, readonly ReadyCondition[]][] = [
    [undefined, []],
    [null, []],
    ["quiet", [{ kind: "quiet" }]],
    [{ port: 3000 }, [{ kind: "port", port: 3000 }]],
    // As a variable such as ${config:port} gives it.
    [{ port: "3000" }, [{ kind: "port", port: 3000 }]],
    [[{ output: "^up (\\d+)" }, { http: "https://localhost:3000/" }, { command: "pg_isready -q" }], [{ kind: "output", pattern: "^up (\\d+)" }, { kind: "http", url: "https://localhost:3000/" }, { kind: "command", command: "pg_isready -q" }]],
  ];
  for (const [given, expected] of good) it(`is understood: ${JSON.stringify(given)}`, () => assert.deepEqual(read(given), expected));

  const bad: [unknown, string][] = [
    ["soon", `"ready" is "soon", but ${FORMS}`],
    [3000, `"ready" is 3000, but ${FORMS}`],
    [[], `"ready" is [], but ${FORMS}`],
    [{}, `"ready" is {}, but ${FORMS}`],
    [{ ports: 1 }, `"ready" is {"ports":1}, but ${FORMS}`],
    [{ port: 1, output: "x" }, `"ready" is {"port":1,"output":"x"}, but ${FORMS}`],
    [["quiet", true], `"ready[1]" is true, but ${FORMS}`],
    [{ port: 0 }, '"ready.port" is 0, but must be a TCP port, a number from 1 to 65535.'],
    [[{ port: "x" }], '"ready[0].port" is "x", but must be a TCP port, a number from 1 to 65535.'],
    [{ port: 70000 }, '"ready.port" is 70000, but must be a TCP port, a number from 1 to 65535.'],
    [{ output: "" }, '"ready.output" is "", but must be a regular expression.'],
    [{ output: "(" }, '"ready.output" is "(", but must be a regular expression: unterminated group.'],
    [{ http: "localhost:3000" }, '"ready.http" is "localhost:3000", but must be a URL such as "http://localhost:3000/health".'],
    [{ command: " " }, '"ready.command" is " ", but must be a command line.'],
  ];
  for (const [given, problem] of bad) it(`is refused in one sentence: ${JSON.stringify(given)}`, () => assert.deepEqual(read(given), [problem]));
});

describe("The lines about getting ready", () => {
  const conditions: readonly ReadyCondition[] = [{ kind: "port", port: 3000 }, { kind: "output", pattern: "up" }];

  it("say what is awaited, and what was seen", () => {
    const all: readonly ReadyCondition[] = [{ kind: "http", url: "http://localhost:1/x" }, { kind: "command", command: "pg_isready" }, { kind: "quiet" }];
    assert.equal(awaitingReadyLine(conditions), "not ready yet: waiting for port 3000 and output matching /up/");
    assert.equal(awaitingReadyLine(all), "not ready yet: waiting for an answer from http://localhost:1/x, `pg_isready` to succeed and its output to be quiet");
    assert.equal(readyLine({ kind: "ready", conditions: conditions.slice(0, 1), afterMs: 1234 }), "ready on port 3000 after 1.2 s: http://localhost:3000");
    assert.equal(readyLine({ kind: "ready", conditions, afterMs: 1234 }), "ready on port 3000 after 1.2 s (its output matched /up/): http://localhost:3000");
    assert.equal(readyLine({ kind: "ready", conditions: all, afterMs: 20 }), "ready at http://localhost:1/x after 20 ms (`pg_isready` succeeded and its output is quiet)");
    assert.equal(notReadyLine(conditions), "never ready: the command ended while waiting for port 3000 and output matching /up/");
  });

  it("are known to the contributed problem matcher: the first one begins, the ready one ends, a failure does not", () => {
    const [matcher] = manifest.contributes.problemMatchers;
    assert.equal(`$${matcher?.name ?? ""}`, READY_MATCHER);
    const { beginsPattern = "", endsPattern = "" } = matcher?.background ?? {};
    const screen = (line: string): string => `● ${line}`;
    assert.match(screen(awaitingReadyLine(conditions)), new RegExp(beginsPattern));
    for (const one of [...conditions, { kind: "http", url: "http://x" }, { kind: "quiet" }] as const) {
      assert.match(screen(readyLine({ kind: "ready", conditions: [one], afterMs: 5 })), new RegExp(endsPattern));
    }
    assert.doesNotMatch(screen(notReadyLine(conditions)), new RegExp(endsPattern));
    assert.doesNotMatch(screen(awaitingReadyLine(conditions)), new RegExp(endsPattern));
  });
});
