import assert from "node:assert/strict";
import { checkDefinition } from "../../../src/taskRunner/task/definition";
import { invocation } from "../../../src/taskRunner/task/shell";
import { commandOf } from "../../../src/taskRunner/task/shellLine";
import { runsInShell } from "../../../src/taskRunner/task/shellChoice";
import { profiledShell, terminalEnvironment } from "../../../src/taskRunner/task/terminalProfile";
import { resolveSetting, VariableError } from "../../../src/taskRunner/task/variables";
import { DEFAULTS, RunUnderTest } from "../run/startedRun";

/** What is started for a task: the program and its arguments. */
function started(task: Record<string, unknown>, fileShell?: unknown): string[] {
  const checked = checkDefinition(task, { ...DEFAULTS, shell: fileShell });
  assert.ok(checked.ok, JSON.stringify(checked));
  const { program, args } = invocation(checked.definition, { executable: "/bin/zsh", args: ["-l"] });
  return [program, ...args];
}

describe("who runs a command", () => {
  const cases: [string, Record<string, unknown>, string[]][] = [
    ["the default shell, a command line", { command: "a | b" }, ["/bin/zsh", "-l", "-c", "a | b"]],
    ["nobody but the system, a program with its arguments", { command: "a", args: ["$b", "c d"] }, ["a", "$b", "c d"]],
    ["the default shell, arguments with a shell", { command: "a", args: ["$b", "c d"], shell: true }, ["/bin/zsh", "-l", "-c", "a $b 'c d'"]],
    ["the default shell, arguments that are quoted for one", { command: "a", args: ["$b", { value: "c", quoting: "strong" }] }, ["/bin/zsh", "-l", "-c", "a $b 'c'"]],
    ["no shell where the task wants none", { command: "a", args: [{ value: "$b c", quoting: "strong" }], shell: false }, ["a", "$b c"]],
    ["a shell by its name", { command: "a", args: ["b c"], shell: "fish" }, ["fish", "-c", "a 'b c'"]],
    ["the shell in the task's options", { command: "a", args: ["$b"], options: { shell: { executable: "bash", args: ["-ec"] } } }, ["bash", "-ec", "a $b"]],
    ["the shell in the task's options, if it is true that there is one", { command: "a", shell: true, options: { shell: { executable: "bash" } } }, ["bash", "-c", "a"]],
    ["the default shell, called as the task's options say", { command: "a", options: { shell: { args: ["-ec"] } } }, ["/bin/zsh", "-ec", "a"]],
    ["cmd.exe, which takes a line as it is", { command: "a b", shell: "C:\\Windows\\cmd.exe" }, ["C:\\Windows\\cmd.exe", "/d", "/s", "/c", '"a b"']],
    ["cmd.exe, for a line that has VS Code's quotation marks around it", { command: '""C:\\my tools\\x.exe" "a b""', shell: "cmd.exe" }, ["cmd.exe", "/d", "/s", "/c", '""C:\\my tools\\x.exe" "a b""']],
    ["cmd.exe, for a command with VS Code's quotation marks around it", { command: '"echo "a b""', shell: "cmd" }, ["cmd", "/d", "/s", "/c", '"echo "a b""']],
    ["cmd.exe, for a line with quotation marks of its own", { command: '"C:\\my tools\\x.exe" "a b" ""', shell: "cmd" }, ["cmd", "/d", "/s", "/c", '""C:\\my tools\\x.exe" "a b" """']],
    ["cmd.exe, with %, ^ and && as they are", { command: 'echo %A% ^& "x y" && dir', shell: "cmd" }, ["cmd", "/d", "/s", "/c", '"echo %A% ^& "x y" && dir"']],
    ["Git Bash, which is given a line as one argument", { command: '"/c/my tools/x" "a b" && echo %A%', shell: "C:\\Program Files\\Git\\bin\\bash.exe" }, ["C:\\Program Files\\Git\\bin\\bash.exe", "-c", '"/c/my tools/x" "a b" && echo %A%']],
    ["PowerShell, with its profile", { command: "a b", shell: "pwsh" }, ["pwsh", "-Command", "a b"]],
  ];
  for (const [name, task, expected] of cases) {
    it(`is ${name}`, () => {
      assert.deepEqual(started(task), expected);
    });
  }

  it("is handed a line as it is by Windows if it is cmd.exe, or PowerShell and the line has quotation marks for that", () => {
    const isVerbatim = (command: string, shell: string): boolean => {
      const checked = checkDefinition({ command, shell }, DEFAULTS);
      assert.ok(checked.ok);
      return invocation(checked.definition, "").isVerbatim;
    };
    assert.ok(isVerbatim('echo "a b"', "cmd.exe"));
    assert.ok(isVerbatim('node -e \\"1\\"', "powershell.exe"));
    assert.ok(!isVerbatim('node -e "1"; echo `"', "C:\\Program Files\\PowerShell\\7\\pwsh.exe"));
    assert.ok(!isVerbatim('node -e \\"1\\"', "bash.exe"));
  });

  it("is the shell at the top of the file, for command lines only", () => {
    const shell = { executable: "/bin/dash", args: ["-ec"] };
    assert.deepEqual(started({ command: "a | b" }, shell), ["/bin/dash", "-ec", "a | b"]);
    assert.deepEqual(started({ command: "a", args: ["b"] }, shell), ["a", "b"]);
    assert.deepEqual(started({ command: "a", args: ["b"], shell: true }, shell), ["/bin/dash", "-ec", "a b"]);
    assert.deepEqual(started({ command: "a", shell: "zsh" }, shell), ["zsh", "-c", "a"]);
  });

  it("is told what a null in env takes away", async () => {
    const test = new RunUnderTest({ command: 'echo "${GONE-gone} $PORT $ON"', env: { PORT: 3000, ON: true }, options: { env: { GONE: null, PORT: 1 } } }, { environment: { ...process.env, GONE: "here" } }).start();
    await test.run.ended;
    assert.equal(test.output, "gone 3000 true\n");
    await RunUnderTest.cleanUp();
  });
});

describe("a command that is one variable", () => {
  const of = (raw: string, command: string, rest: Record<string, unknown> = {}): unknown => commandOf({ command: raw, ...rest }, { command, ...rest });

  it("is quoted if it is a path, and not if it is a line", () => {
    assert.deepEqual(of("${workspaceFolder}/run", "/my ws/run"), { value: "/my ws/run", quoting: "strong" });
    assert.deepEqual(of("${workspaceFolder}/run", "/my ws/run", { shell: true, args: [] }), { value: "/my ws/run", quoting: "strong" });
    assert.equal(of("${workspaceFolder}/run", "/ws/run"), "/ws/run");
    assert.equal(of("${input:line}", "npm run x"), "npm run x");
    assert.equal(of("cat ${file}", "cat /a b"), "cat /a b");
    assert.equal(of("${file}", "/a b", { shell: true, args: ["x"] }), "/a b");
  });

  it("is quoted for every variable but an input, as in VS Code's own tasks", () => {
    for (const raw of ["${command:cmake.launchTargetPath}", "${config:tool}", "${env:TOOL}", "${fileBasename}"]) {
      assert.deepEqual(of(raw, "/my tools/x"), { value: "/my tools/x", quoting: "strong" }, raw);
    }
    assert.equal(of("${HOME}/${input:line}", "${HOME}/x y"), "${HOME}/x y");
  });

  it("keeps the quotation marks that its value has, and is quoted where one of them is a letter", () => {
    assert.equal(of("${config:tool}", '"/my tools/x"'), '"/my tools/x"');
    assert.deepEqual(of("${workspaceFolder}/x", "/it's mine/x"), { value: "/it's mine/x", quoting: "strong" });
  });

  it("is run without a shell in a folder with a blank, where it is in one without", () => {
    for (const folder of ["/ws", "/my ws"]) {
      for (const rest of [{ args: [] }, { shell: false }]) {
        const command = of("${workspaceFolder}/x", `${folder}/x`, rest);
        assert.equal(command, `${folder}/x`);
        assert.ok(!runsInShell({ command, ...rest }));
      }
    }
  });
});

describe("the default shell", () => {
  const profiles = { zsh: { path: "zsh", args: ["-l"] }, other: { path: ["/no/bash", "/bin/bash"], args: "-i", env: { A: "1", B: null, C: 3 } } };
  const asItIs = (text: string): Promise<string> => Promise.resolve(text);

  it("is called as the user's terminal profile has it", async () => {
    assert.deepEqual(await profiledShell({ automationProfile: null, defaultProfile: null, profiles }, "/usr/bin/zsh", asItIs), { executable: "/usr/bin/zsh", args: ["-l"], env: {} });
    assert.deepEqual(await profiledShell({ automationProfile: null, defaultProfile: "other", profiles }, "/bin/bash", asItIs), { executable: "/bin/bash", args: ["-i"], env: { A: "1", B: undefined } });
    assert.deepEqual(await profiledShell({ automationProfile: null, defaultProfile: null, profiles: 3 }, "/bin/sh", asItIs), { executable: "/bin/sh", env: {} });
  });

  it("is the profile for automation, if there is one", async () => {
    assert.deepEqual(await profiledShell({ automationProfile: { path: "/bin/dash", env: { X: "1" } }, defaultProfile: "zsh", profiles }, "/usr/bin/zsh", asItIs), { executable: "/bin/dash", env: { X: "1" } });
  });

  it("has the variables of its own profile resolved, and of no other", async () => {
    const seen: string[] = [];
    const resolve = (text: string): Promise<string> => {
      seen.push(text);
      return Promise.resolve(text.replace("${env:dir}", "/opt"));
    };
    const settings = { unused: { path: "bash", args: ["${file}"], env: { X: "${command:x}" } }, mine: { path: "${env:dir}/zsh", args: ["${env:dir}/rc"], env: { Y: "${env:dir}" } } };
    const expected = { executable: "/opt/zsh", args: ["/opt/rc"], env: { Y: "/opt" } };
    assert.deepEqual(await profiledShell({ automationProfile: null, defaultProfile: "mine", profiles: settings }, "/opt/zsh", resolve), expected);
    assert.deepEqual(seen, ["${env:dir}/rc", "${env:dir}"]);
    assert.deepEqual(await profiledShell({ automationProfile: null, defaultProfile: null, profiles: settings }, "/opt/zsh", resolve), expected);
    assert.deepEqual(await profiledShell({ automationProfile: settings.mine, defaultProfile: null, profiles: settings }, "/bin/sh", resolve), expected);
    assert.ok(!seen.includes("${file}") && !seen.includes("${command:x}"));
  });
});

describe("the settings for terminals", () => {
  const asked: string[] = [];
  const lookup = (inner: string): Promise<string | undefined> => {
    asked.push(inner);
    return inner === "fileDirname" ? Promise.reject(new VariableError("no file is open")) : Promise.resolve(inner === "HOME" ? undefined : `<${inner}>`);
  };
  const resolve = (text: string): Promise<string> => resolveSetting(text, lookup);

  it("refuse no task: a text of theirs that has no value now stays as it is", async () => {
    const settings = { A: "${env:A}", B: "${env:A}:${fileDirname}", GONE: null, H: "${HOME}" };
    assert.deepEqual(await terminalEnvironment({ GONE: "here", KEPT: "1" }, settings, resolve), { A: "<env:A>", B: "${env:A}:${fileDirname}", GONE: undefined, H: "${HOME}", KEPT: "1" });
  });

  it("replace and take away a variable on Windows whatever the case of its name", async () => {
    const [environment, settings] = [{ Path: "a", HTTP_PROXY: "x", KEPT: "1" }, { PATH: "b", http_proxy: null }];
    assert.deepEqual(await terminalEnvironment(environment, settings, resolve, true), { PATH: "b", http_proxy: undefined, KEPT: "1" });
    assert.deepEqual(await terminalEnvironment(environment, settings, resolve, false), { Path: "a", HTTP_PROXY: "x", KEPT: "1", PATH: "b", http_proxy: undefined });
  });

  it("run no command and ask nobody", async () => {
    asked.splice(0);
    assert.equal(await resolve("${command:x} ${input:y} ${env:A}"), "${command:x} ${input:y} <env:A>");
    assert.deepEqual(asked, ["env:A"]);
  });
});
