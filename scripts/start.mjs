// npm start: opens the examples in a VS Code with this extension: the desktop app where there is one, else VS Code's
// server, for a browser. npm start -- --web [--port N] asks for the latter.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { ensureDependencies, root } from "./setup.mjs";

const examples = join(root, "examples");
const data = join(root, "test", "vscode", ".data", "start");

function readArguments(args) {
  const at = args.indexOf("--port");
  const port = at < 0 ? 0 : Number(args[at + 1]);
  const rest = at < 0 ? args : args.toSpliced(at, 2);
  if (!Number.isInteger(port) || port < 0 || port > 65535 || rest.some((arg) => arg !== "--web")) {
    throw new Error("Usage: npm start -- [--web] [--port N]");
  }
  return { port, web: rest.includes("--web") || at >= 0 };
}

function hasDesktop() {
  const hasDisplay = process.platform !== "linux" || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
  const program = process.platform === "win32" ? "code.cmd" : "code";
  return hasDisplay && (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** Runs a program to its end; throws an Error with one sentence when it fails. */
function run(what, command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], ...options });
  if (status !== 0) {
    throw new Error(`${what} failed: ${error?.message ?? `exit code ${status}`}.`);
  }
}

function startDesktop() {
  run("The build", process.execPath, [join(root, "scripts", "build.mjs")]);
  const args = ["--new-window", `--extensionDevelopmentPath=${root}`, examples];
  run("VS Code", "code", args, { shell: process.platform === "win32" });
  console.log("VS Code opens the examples in a new window. Run one with: Terminal > Run Task ...");
}

function announce(url) {
  console.log(`
VS Code with Cancellable Tasks is ready. Open this in a browser:

    ${url}

Run an example with F1 > Tasks: Run Task > cancellable. Ctrl+C here ends VS Code and everything it started.`);
}

/** Resolves at Ctrl+C, when this process is asked to end, and when npm has ended, which passes no signal on. */
function asked() {
  const parent = process.ppid;
  return new Promise((resolve) => {
    ["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => process.on(signal, resolve));
    setInterval(() => process.ppid !== parent && resolve(), 500).unref();
  });
}

async function startWeb(port) {
  run("The build", process.execPath, [join(root, "scripts", "build.mjs"), "--tests"]);
  const vsix = join(data, "cancellable-tasks.vsix");
  const { calmSettings, writeSettings } = await import(new URL("../out/test/vscode/settings.js", import.meta.url));
  const { installExtension, startServer } = await import(new URL("../out/test/vscode/server.js", import.meta.url));
  if (!existsSync(join(data, "data", "User", "settings.json"))) {
    writeSettings(data, calmSettings); // Later the settings are those of the person who uses it.
  }
  run("Packaging the extension", process.execPath, [join(root, "scripts", "package.mjs"), "--target", "current", "--out", vsix]);
  const where = { version: "1.139", extensionsDir: join(data, "extensions"), dataDir: data };
  await installExtension(vsix, where);
  const end = asked();
  const server = await startServer({ ...where, port, token: randomBytes(16).toString("hex"), smokeTest: false });
  announce(server.url(examples));
  await Promise.race([end, server.ended]);
  await server.stop();
}

try {
  const { port, web } = readArguments(process.argv.slice(2));
  ensureDependencies();
  await (web || !hasDesktop() ? startWeb(port) : startDesktop());
  process.exit(0);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
