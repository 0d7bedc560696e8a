import assert from "node:assert/strict";
import fc from "fast-check";
import manifest from "../../../package.json";
import { CANCEL_SIGNALS, checkDefinition, HUNG_PIPE } from "../../../src/taskRunner/task/definition";
import { DURATION_PATTERN, formatDuration, parseDuration } from "../../../src/taskRunner/base/duration";
import { DEFAULTS } from "../run/startedRun";

function problems(raw: Record<string, unknown>, defaults = DEFAULTS): readonly string[] {
  const checked = checkDefinition(raw, defaults);
  return checked.ok ? [] : checked.problems;
}

describe("checkDefinition", () => {
  it("completes what a task leaves out", () => {
    assert.deepEqual(checkDefinition({ command: "make" }, DEFAULTS), {
      ok: true,
      definition: { command: "make", args: undefined, cwd: undefined, env: {}, shell: { kind: "default" }, stdio: "pipe", ctrlC: "stop", cancelSignal: "SIGINT", isSignalNamed: false, cancelInput: undefined, cancelCommand: undefined, waitDelay: 5000, timeout: 0, hungPipe: "warn", survivors: "warn", ready: [], ports: [], stopWithDebugSession: false, restart: undefined },
    });
  });

  it("takes every property", () => {
    const raw = { command: "make", args: ["all"], cwd: "sub", env: { A: "1" }, shell: { executable: "zsh", args: ["-lc"] }, stdio: "pty", ctrlC: "type", cancelSignal: "none", cancelInput: "q\n", waitDelay: 0, timeout: "1m30s", hungPipe: "error", survivors: "kill" };
    assert.deepEqual(checkDefinition(raw, DEFAULTS), {
      ok: true,
      definition: { ...raw, shell: { kind: "given", executable: "zsh", args: ["-lc"] }, isSignalNamed: true, cancelCommand: undefined, timeout: 90_000, ready: [], ports: [], stopWithDebugSession: false, restart: undefined },
    });
  });

  it("knows whether the task, or the user's settings, name the signal", () => {
    const isNamed = (raw: object, isSet: boolean): boolean | undefined => {
      const checked = checkDefinition({ command: "make", ...raw }, { ...DEFAULTS, isSignalNamed: isSet });
      return checked.ok ? checked.definition.isSignalNamed : undefined;
    };
    assert.deepEqual([isNamed({}, false), isNamed({}, true), isNamed({ cancelSignal: "SIGINT" }, false), isNamed({ cancelSignal: null }, false)], [false, true, true, false]);
  });

  it("has each variable once on Windows, whatever the case of its name: the task's own wins over its options'", () => {
    const raw = { command: "x", options: { env: { Path: "1", A: "1" } }, env: { PATH: "2", a: null } };
    const envs = (["win32", "linux"] as const).map((platform) => {
      const checked = checkDefinition(raw, DEFAULTS, platform);
      return checked.ok ? checked.definition.env : checked.problems;
    });
    assert.deepEqual(envs, [{ PATH: "2", a: null }, { Path: "1", A: "1", PATH: "2", a: null }]);
  });

  it("refuses on Windows the signals that are not there, in the task and in the settings, and takes the others", () => {
    const sentence = (name: string, signal: string): string => `"${name}" is "${signal}", which Windows does not have: there it must be "SIGINT" or "SIGTERM" (both are a Ctrl+C), "SIGKILL" or "none".`;
    for (const signal of [...CANCEL_SIGNALS, "none"]) {
      const isThere = ["SIGINT", "SIGTERM", "SIGKILL", "none"].includes(signal);
      const checked = checkDefinition({ command: "x", cancelSignal: signal }, DEFAULTS, "win32");
      assert.deepEqual(checked.ok ? [] : checked.problems, isThere ? [] : [sentence("cancelSignal", signal)]);
    }
    const bySetting = checkDefinition({ command: "x" }, { ...DEFAULTS, cancelSignal: "SIGHUP" }, "win32");
    assert.deepEqual(bySetting.ok ? [] : bySetting.problems, [sentence("cancellableTasks.cancelSignal", "SIGHUP")]);
  });

  const bad: [Record<string, unknown>, string][] = [
    [{ command: "" }, '"command" is empty or missing: say which command to run.'],
    [{ command: "  " }, '"command" is "  ", but must not be blank.'],
    [{ command: 5 }, '"command" is 5, but must be a string.'],
    [{ command: "a\0" }, '"command" is "a\\u0000", but must not contain a NUL byte.'],
    [{ args: "x" }, '"args" is "x", but must be a list of strings.'],
    [{ args: ["a", 1] }, '"args[1]" is 1, but must be a string.'],
    [{ cwd: {} }, '"cwd" is {}, but must be a string.'],
    [{ env: ["A=1"] }, '"env" is ["A=1"], but must be an object of strings.'],
    [{ args: [{ quoting: "strong" }] }, '"args[0]" is {"quoting":"strong"}, but must be a string.'],
    [{ env: { LIST: [1] } }, '"env.LIST" is [1], but must be a string.'],
    [{ options: "x" }, '"options" is "x", but must be an object with "cwd", "env" and "shell".'],
    [{ options: { cwd: 1 } }, '"options.cwd" is 1, but must be a string.'],
    [{ options: { env: [] } }, '"options.env" is [], but must be an object of strings.'],
    [{ options: { env: { A: {} } } }, '"options.env.A" is {}, but must be a string.'],
    [{ options: { shell: 7 } }, '"options.shell" is 7, but must be an executable, or an object with "executable" and "args".'],
    [{ linux: "x" }, '"linux" is "x", but must be an object with properties of the task.'],
    [{ env: { A: "\0" } }, '"env.A" is "\\u0000", but must not contain a NUL byte.'],
    [{ env: { "A=B": "1" } }, '"env" has "A=B", which is no name for a variable.'],
    [{ shell: 1 }, '"shell" is 1, but must be true, false, an executable, or an object with "executable" and "args".'],
    [{ shell: { args: [] } }, '"shell" is {"args":[]}, but must be true, false, an executable, or an object with "executable" and "args".'],
    [{ cancelSignal: "SIGFOO" }, '"cancelSignal" is "SIGFOO", but must be one of "SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "none".'],
    ...["5 sec", -1, "1e99h", "-5s", "5", "", true].map((value): [Record<string, unknown>, string] => [
      { waitDelay: value },
      `"waitDelay" is ${JSON.stringify(value)}, but must be a duration such as "5s" or "1m30s", or a number of milliseconds, 0 or more.`,
    ]),
    [{ timeout: "soon" }, '"timeout" is "soon", but must be a duration such as "5s" or "1m30s", or a number of milliseconds, 0 or more.'],
    [{ restart: "on-failure" }, '"restart" is "on-failure", but must be "failure", "always", or an object with "on", "max" and "within".'],
    [{ restart: { max: 3 } }, '"restart" is {"max":3}, but must be "failure", "always", or an object with "on", "max" and "within".'],
    [{ restart: { on: "always", max: 0 } }, '"restart.max" is 0, but must be a whole number, 1 or more.'],
    [{ restart: { on: "always", within: "1 min" } }, '"restart.within" is "1 min", but must be a duration such as "1m", or a number of milliseconds, more than 0.'],
    [{ restart: { on: "always", delay: "1s" } }, '"restart.delay" is "1s", but "restart" has only "on", "max" and "within".'],
    [{ stopWithDebugSession: "yes" }, '"stopWithDebugSession" is "yes", but must be true or false.'],
    [{ ports: [3000, "x"] }, '"ports[1]" is "x", but must be a TCP port, a number from 1 to 65535.'],
    [{ stdio: "tty" }, '"stdio" is "tty", but must be one of "pty", "pipe".'],
    [{ ctrlC: true }, '"ctrlC" is true, but must be one of "stop", "type".'],
    [{ cancelInput: 3 }, '"cancelInput" is 3, but must be a string.'],
    [{ cancelCommand: ["x"] }, '"cancelCommand" is ["x"], but must be a string.'],
    [{ cancelCommand: " " }, '"cancelCommand" is " ", but must not be blank.'],
    [{ cancelCommand: "x", cancelInput: "q" }, '"cancelCommand" is "x", but "cancelInput" is set too: a task is asked to stop in one way.'],
    [{ hungPipe: "ignore" }, '"hungPipe" is "ignore", but must be one of "warn", "error".'],
  ];
  for (const [raw, sentence] of bad) {
    it(`says in one sentence what is wrong with ${JSON.stringify(raw)}`, () => {
      assert.deepEqual(problems({ command: "true", ...raw }), [sentence]);
    });
  }

  it("names the setting when the setting is wrong", () => {
    assert.match(problems({ command: "true" }, { ...DEFAULTS, waitDelay: "later" })[0] ?? "", /^"cancellableTasks.waitDelay" is "later"/);
    assert.deepEqual(problems({ command: "true", waitDelay: 1 }, { ...DEFAULTS, waitDelay: "later" }), []);
  });

  it("finds every problem at once", () => {
    assert.equal(problems({ command: "", args: [1], waitDelay: "x", cancelSignal: "y" }).length, 4);
  });

  it("never throws, whatever stands in tasks.json", () => {
    const property = fc.constantFrom("command", "args", "cwd", "env", "shell", "cancelSignal", "waitDelay", "timeout", "hungPipe", "stdio", "ctrlC", "cancelInput", "cancelCommand");
    fc.assert(fc.property(fc.dictionary(property, fc.jsonValue()), (raw) => void checkDefinition(raw, DEFAULTS)));
  });

  it("cuts a long value to what a sentence can hold", () => {
    const [sentence = ""] = problems({ command: "true", hungPipe: "x".repeat(5000) });
    assert.ok(sentence.length < 200);
    assert.match(sentence, /\(5002 characters\)/);
  });
});

describe("durations", () => {
  const units: [string, number][] = [["ns", 1e-6], ["us", 1e-3], ["µs", 1e-3], ["μs", 1e-3], ["ms", 1], ["s", 1000], ["m", 60_000], ["h", 3_600_000]];

  it("are the sum of their parts", () => {
    const part = fc.tuple(fc.nat(1000), fc.constantFrom(...units));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const text = parts.map(([n, [unit]]) => `${n}${unit}`).join("");
        const sum = parts.reduce((total, [n, [, ms]]) => total + n * ms, 0);
        assert.ok(Math.abs((parseDuration(text) ?? NaN) - sum) <= sum * 1e-12);
        assert.match(text, new RegExp(DURATION_PATTERN));
      }),
    );
  });

  it("are the same for the schema in package.json and for us", () => {
    const alphabet = fc.constantFrom("0", "1", "5", "9", ".", "+", "-", "e", " ", "h", "m", "s", "n", "u", "µ", "μ");
    const { pattern } = manifest.contributes.configuration.properties["cancellableTasks.waitDelay"];
    assert.equal(pattern, DURATION_PATTERN);
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 6 }), (text) => {
        assert.equal(parseDuration(text) !== undefined, new RegExp(pattern).test(text), text);
      }),
      { numRuns: 3000 },
    );
  });

  it("can be given in milliseconds, but not in others than finite and positive", () => {
    assert.equal(parseDuration(1500), 1500);
    assert.equal(parseDuration(0), 0);
    for (const value of [-1, NaN, Infinity, 1e20, null, undefined, {}, "9999999999h"]) assert.equal(parseDuration(value), undefined);
  });

  it("are read by people in the unit that fits", () => {
    const table: [number, string][] = [[0, "0 ms"], [340.4, "340 ms"], [1000, "1 s"], [2440, "2.4 s"], [59_949, "59.9 s"], [60_000, "1 min"], [90_000, "1 min 30 s"], [3_600_000, "1 h"], [7_500_000, "2 h 5 min"]];
    assert.deepEqual(table.map(([ms]) => formatDuration(ms)), table.map(([, text]) => text));
  });
});

describe("the manifest", () => {
  const properties = manifest.contributes.taskDefinitions[0]?.properties;

  it("declares exactly the properties that are read", () => {
    const checked = checkDefinition({ command: "true" }, DEFAULTS);
    assert.ok(checked.ok);
    const read = Object.keys(checked.definition).filter((name) => name !== "isSignalNamed");
    // What stands over or under others, and the label, by which VS Code tells tasks apart.
    const layers = ["label", "options", "windows", "osx", "linux"];
    assert.deepEqual(Object.keys(properties ?? {}).sort(), [...read, ...layers].sort());
  });

  it("offers values and complains about none: what is wrong with a task is said once, by our diagnostics", () => {
    assert.equal("required" in (manifest.contributes.taskDefinitions[0] ?? {}), false);
    for (const [name, schema] of Object.entries<object>(properties ?? {})) {
      const own = Object.keys(schema).filter((key) => !["anyOf", "description", "markdownDescription", "default", "defaultSnippets"].includes(key));
      assert.deepEqual(own, [], name);
      const { anyOf = [{}] } = schema as { anyOf?: readonly object[] };
      assert.deepEqual(anyOf.at(-1), {}, name);
    }
  });

  it("offers exactly the values that are taken", () => {
    assert.deepEqual(properties?.cancelSignal.anyOf[0]?.enum, [...CANCEL_SIGNALS, "none"]);
    assert.deepEqual(properties.hungPipe.anyOf[0]?.enum, [...HUNG_PIPE]);
    const settings = manifest.contributes.configuration.properties;
    assert.deepEqual(settings["cancellableTasks.cancelSignal"].enum, [...CANCEL_SIGNALS, "none"]);
    assert.deepEqual(settings["cancellableTasks.hungPipe"].enum, [...HUNG_PIPE]);
  });
});
