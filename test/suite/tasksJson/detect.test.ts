import assert from "node:assert/strict";
import { BUILD_FILES } from "../../../src/tasksJson/detect/buildFiles";
import { installCommand, managerOfVSCode, scriptCommand } from "../../../src/tasksJson/detect/scriptRunner";
import { chooseManager, declaredManager, managerOfSettings, packageScripts } from "../../../src/tasksJson/detect/packageScripts";

const file = (manifest?: string, ...files: string[]): { manifest: string | undefined; files: Set<string> } => ({ manifest, files: new Set(files) });

describe("the package manager of a project", () => {
  it("is the declared one, before any lock file", () => {
    assert.equal(chooseManager([file('{ "packageManager": "pnpm@9.1.0+sha512.abc" }', "yarn.lock")]), "pnpm");
    assert.equal(chooseManager([file("{}", "package-lock.json"), file('{ "packageManager": "yarn@4" }')]), "yarn");
    assert.equal(declaredManager('{ "devEngines": { "packageManager": { "name": "bun", "version": "1" } } }'), "bun");
    assert.equal(declaredManager('{ "packageManager": "other@1" }'), undefined);
  });

  it("else is that of the nearest lock file", () => {
    assert.equal(chooseManager([file("{}"), file(undefined, "yarn.lock"), file("{}", "pnpm-lock.yaml")]), "yarn");
    assert.equal(chooseManager([file("{}", "bun.lock")]), "bun");
    assert.equal(chooseManager([file("{}", "bun.lockb")]), "bun");
  });

  it("is npm where its lock file stands beside another one, as VS Code has it", () => {
    assert.equal(chooseManager([file("{}", "pnpm-lock.yaml", "yarn.lock", "package-lock.json")]), "npm");
  });

  it("is what runs scripts by the settings, before what installs packages", () => {
    assert.equal(managerOfSettings("bun", "pnpm"), "bun");
    assert.equal(managerOfSettings("auto", "pnpm"), "pnpm");
    assert.equal(managerOfSettings("node", "auto"), undefined);
    assert.equal(managerOfSettings(undefined, undefined), undefined);
  });

  it("else is npm, also where nothing can be read", () => {
    assert.equal(chooseManager([file("{}")]), "npm");
    assert.equal(chooseManager([file("not JSON", "readme")]), "npm");
  });
});

describe("what VS Code runs an npm script with", () => {
  const settings = { scriptRunner: "auto", packageManager: "auto", runSilent: false };

  it("is by its settings Node itself, or one of the package managers, and silent", () => {
    assert.deepEqual(scriptCommand(settings, "pnpm"), ["pnpm", "run"]);
    assert.deepEqual(scriptCommand({ ...settings, scriptRunner: "yarn", packageManager: "bun", runSilent: true }, "pnpm"), ["yarn", "run", "--silent"]);
    assert.deepEqual(scriptCommand({ ...settings, scriptRunner: "node", runSilent: true }, "pnpm"), ["node", "--run"]);
    assert.deepEqual(installCommand({ ...settings, scriptRunner: "node", packageManager: "bun", runSilent: true }, "pnpm"), ["bun", "install", "--silent"]);
    assert.deepEqual(installCommand({ ...settings, scriptRunner: "yarn" }, "pnpm"), ["pnpm", "install"]);
  });

  it("is by what is in the workspace folder else, in VS Code's order, and not by what is declared", () => {
    const at = (...folders: ReturnType<typeof file>[]): string => managerOfVSCode("/home/project/packages/web", folders);
    assert.equal(at(file('{ "packageManager": "pnpm@9" }')), "npm");
    assert.equal(at(file("{}", "bun.lock", "yarn.lock", "pnpm-lock.yaml", "package-lock.json")), "npm");
    assert.equal(at(file("{}", "bun.lock", "yarn.lock", "pnpm-lock.yaml")), "pnpm");
    assert.equal(at(file("{}", "bun.lock", "yarn.lock")), "yarn");
    assert.equal(at(file("{}", "bun.lock")), "bun");
    assert.equal(at(file("{}", "node_modules/.yarn-integrity")), "yarn");
    assert.equal(at(file(undefined, "node_modules/.modules.yaml")), "pnpm");
  });

  it("is that of the project of which the workspace folder is a part", () => {
    const at = (...folders: ReturnType<typeof file>[]): string => managerOfVSCode("/home/project/packages/web", folders);
    assert.equal(at(file("{}"), file(undefined), file("{}", "pnpm-lock.yaml")), "pnpm");
    assert.equal(at(file("{}"), file(undefined), file('{ "workspaces": ["packages/*"] }', "yarn.lock")), "yarn");
    assert.equal(at(file("{}"), file(undefined), file('{ "workspaces": { "packages": ["./packages/**"] } }')), "yarn");
    assert.equal(at(file("{}"), file(undefined), file('{ "workspaces": ["apps/*", 3] }', "yarn.lock")), "npm");
    assert.equal(at(file('{ "workspaces": ["a"] }', "bun.lock")), "yarn");
  });
});

describe("the scripts of a package.json", () => {
  it("are tasks that run them by name, in the folder, as an argument", () => {
    const [dev, odd, build] = packageScripts('{ "scripts": { "dev": "vite", "a; rm -rf $HOME": "x", "build": "tsc", "-x": "y", "n": 3 } }', "web", ["pnpm", "run"]);
    assert.deepEqual(dev?.task, { type: "cancellable", label: "pnpm: dev - web", command: "pnpm", args: ["run", "dev"], cwd: "web", detail: "vite", problemMatcher: [] });
    assert.deepEqual([odd?.task["command"], odd?.task["args"], odd?.task["shell"]], ["pnpm", ["run", "a; rm -rf $HOME"], undefined]);
    assert.equal(build?.task["group"], "build");
    assert.equal(packageScripts('{ "scripts": { "dev": "vite", "-x": "y", "n": 3 } }', "", ["npm", "run"]).length, 1);
  });

  it("are run by Node itself where that is set", () => {
    const [dev] = packageScripts('{ "scripts": { "dev": "vite" } }', "", ["node", "--run"]);
    assert.deepEqual(dev?.task, { type: "cancellable", label: "node: dev", command: "node", args: ["--run", "dev"], detail: "vite", problemMatcher: [] });
  });

  it("that run until they are stopped are known by their names", () => {
    const scripts = packageScripts('{ "scripts": { "dev": "a", "start:web": "b", "watch": "c", "build": "d", "prestart": "e", "deploy": "f", "started": "g" } }', "", ["npm", "run"]);
    assert.deepEqual(scripts.filter(({ isLongRunning }) => isLongRunning).map(({ label }) => label), ["npm: dev", "npm: start:web", "npm: watch"]);
  });

  it("are none where there are none", () => {
    for (const text of ["", "[]", "null", '{ "scripts": [] }', '{ "scripts": null }']) assert.deepEqual(packageScripts(text, "", ["npm", "run"]), [], text);
  });
});

describe("the targets of", () => {
  function found(name: string, text: string): string[] {
    const kind = BUILD_FILES.find(({ names }) => names.includes(name));
    assert.ok(kind);
    return kind.read(text.replaceAll("\n", "\r\n"), "").map(({ task }) => [task["command"], ...(task["args"] as string[])].join(" "));
  }

  it("a Makefile", () => {
    const text = ".PHONY: all clean\nCC := gcc\nFLAGS = -a:b\nall: main.o ## builds it\n\ttouch a: b\nclean lint:\n\trm -f *.o\n%.o: %.c\nmain.o: main.c\n$(OUT): x\ndocs/site: y\nX ?= y:z\nexport A: b\n";
    assert.deepEqual(found("Makefile", text), ["make all", "make clean", "make lint", "make docs/site"]);
  });

  it("a justfile", () => {
    const text = "set shell := ['bash']\nalias b := build\nversion := '1'\n# builds it\nbuild:\n  cargo build\ntest filter='x': build\n  x\nneeds arg:\n  x\n_hidden:\n  x\n[private]\nsecret:\n  x\n@quiet *args:\n  x\n";
    assert.deepEqual(found("justfile", text), ["just build", "just test", "just quiet"]);
  });

  it("a Taskfile", () => {
    const text = "version: '3'\nvars:\n  A: b\ntasks:\n  # first\n  build:\n    desc: Builds it\n    cmds:\n      - go build\n  'docs:serve': mkdocs serve\n  hidden:\n    internal: true\n  \"start:*\":\n    cmds: []\nenv:\n  B: c\n";
    assert.deepEqual(found("Taskfile.yml", text), ["task build", "task docs:serve"]);
  });

  it("a Cargo.toml", () => {
    assert.deepEqual(found("Cargo.toml", '[package]\nname = "x"\n'), ["cargo run", "cargo build", "cargo test", "cargo check"]);
    assert.deepEqual(found("Cargo.toml", "# nothing\n"), []);
  });

  it("a compose file", () => {
    assert.deepEqual(found("compose.yaml", "services:\n    web:\n        image: x\n        ports:\n            - 1:1\n    db:\n        image: y\nvolumes:\n    data:\n"), ["docker compose up", "docker compose up web", "docker compose up db"]);
    assert.deepEqual(found("compose.yaml", "volumes:\n  a:\n"), []);
  });
});
