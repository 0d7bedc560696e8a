// npm run package: one VSIX for each platform that node-pty is made for, and one for all others, where tasks have pipes.
// npm run package -- --target T [--out FILE]: only that one; "universal", or "current" for this machine's.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { ensureDependencies, root } from "./setup.mjs";

const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"];

/** What is made for this machine; musl has no prebuilt node-pty. */
function current() {
  const isMusl = process.platform === "linux" && process.report.getReport().header.glibcVersionRuntime === undefined;
  const target = `${process.platform}-${process.arch}`;
  return !isMusl && platforms.includes(target) ? target : "universal";
}

function pack(target, out) {
  const vsce = join(root, "node_modules", "@vscode", "vsce", "vsce");
  const args = ["package", "--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links", "-o", out];
  const { status } = spawnSync(process.execPath, [vsce, ...args, ...(target === "universal" ? [] : ["--target", target])], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, CANCELLABLE_TASKS_TARGET: target }, // For build.mjs, which vsce calls.
  });
  if (status !== 0) throw new Error(`vsce failed for ${target}.`);
}

try {
  const { values } = parseArgs({ options: { target: { type: "string" }, out: { type: "string" } } });
  const target = values.target === "current" ? current() : values.target;
  if (target !== undefined && target !== "universal" && !platforms.includes(target)) {
    throw new Error(`"--target" is "${target}", but must be one of current, universal, ${platforms.join(", ")}.`);
  }
  ensureDependencies();
  for (const one of target === undefined ? [...platforms, "universal"] : [target]) {
    pack(one, values.out ?? `cancellable-tasks${one === "universal" ? "" : `-${one}`}.vsix`);
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
