// Bundles the extension into dist/: what a window loads into extension.js, and what it loads later, by import(), into files of its own.
// With --tests also test/ into out/, one bundle a test file, same layout as the sources.
// --production minifies and leaves the source map out. CANCELLABLE_TASKS_TARGET names the platform of a VSIX: what it needs of
// node-pty is put beside the bundle.
import { build, transform } from "esbuild";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { fetched } from "./fetched.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const production = process.argv.includes("--production");
const target = process.env.CANCELLABLE_TASKS_TARGET ?? "universal";
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  logLevel: "warning",
  legalComments: "none",
  // The scripts of the watchdog and of the session leader, as text.
  plugins: [{ name: "scripts", setup: ({ onLoad }) => onLoad({ filter: /\.(sh|pl)$/ }, ({ path }) => ({ loader: "text", contents: withoutComments(readFileSync(path, "utf8")) })) }],
  // Has parts that are not JavaScript; its place is found by Node.
  external: ["vscode", "node-pty", "@koromix/*"],
  // Its main file is a UMD module, whose parts a bundler does not find.
  alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
};

/** What a script says of itself stays in the repository, but for its first line, by which `ps` shows what it is. */
function withoutComments(script) {
  return script.split("\n").filter((line, i) => i === 0 || !/^\s*#/.test(line)).join("\n");
}

function sources(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.parentPath.includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name));
}

rmSync(join(root, "dist"), { recursive: true, force: true });
await bundleExtension();

if (target !== "universal") copyNodePty(target);
if (target.startsWith("win32")) {
  await build({ ...common, entryPoints: ["src/taskRunner/process/win32/helper.ts"], outfile: "dist/windowsHelper.js", minify: production, sourcemap: production ? false : "inline" });
  copyKoffi(target);
}

/** Compiling a file takes time in proportion to its length, also what is not run. esbuild splits ES modules only; VS Code loads CommonJS. */
async function bundleExtension() {
  const { outputFiles } = await build({
    ...common,
    format: "esm",
    splitting: true,
    entryPoints: ["src/extension.ts"],
    outdir: "dist",
    minify: production,
    // What is for other platforms is left out of a package for one.
    ...(production && target !== "universal" ? { define: { "process.platform": JSON.stringify(target.split("-")[0]) } } : {}),
    sourcemap: production ? false : "inline",
    write: false,
  });
  mkdirSync(join(root, "dist"), { recursive: true });
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text, {
      format: "cjs",
      platform: "node",
      target: common.target,
      // import() becomes require(), as in a single file.
      supported: { "dynamic-import": false },
      minify: production,
      sourcemap: production ? false : "inline",
      sourcefile: basename(path),
    });
    writeFileSync(path, code);
  }
}

/** On POSIX only its native part is used. The terminal's own console host for Windows and the debug symbols stay out. */
function copyNodePty(platform) {
  const from = join(root, "node_modules", "node-pty");
  const to = join(root, "dist", "node_modules", "node-pty");
  const files = platform.startsWith("win32") ? ["lib", `prebuilds/${platform}`] : ["lib/utils.js", `prebuilds/${platform}/pty.node`];
  for (const file of ["package.json", "LICENSE", ...files]) {
    cpSync(join(from, file), join(to, file), { recursive: true, filter: (source) => !/\.(pdb|map|test\.js)$|[\\/]conpty$/.test(source) });
  }
}

/** What the helper for Windows calls the system by. npm installs it on Windows only; elsewhere it is got by itself, as package-lock.json has it. */
function copyKoffi(platform) {
  const name = `@koromix/koffi-${platform}`;
  const { version, integrity } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages[`node_modules/${name}`];
  const installed = join(root, "node_modules", name);
  const from = existsSync(installed) ? installed : fetched(`${name}@${version}`, integrity);
  const to = join(root, "dist", "node_modules", name);
  const folder = platform.replace("-", "_");
  for (const file of ["package.json", "index.js", `${folder}/koffi.node`]) cpSync(join(from, file), join(to, file));
  cpSync(join(root, "scripts", "koffi.LICENSE"), join(to, "LICENSE"));
}

if (process.argv.includes("--tests")) {
  rmSync(join(root, "out"), { recursive: true, force: true });
  const tests = {
    ...common,
    outbase: ".",
    outdir: "out",
    external: [...common.external, "mocha", "playwright-core", "@vscode/test-electron", "esbuild", "execa"],
    sourcemap: "linked",
  };
  const realPrograms = sources("test/realPrograms");
  await build({ ...tests, entryPoints: [...sources("test"), ...sources("bench")].filter((file) => !realPrograms.includes(file)) });
  // These run the extension's own terminal in plain Node.
  await build({ ...tests, entryPoints: realPrograms.filter((file) => /(main|host)\.ts$/.test(file)), alias: { ...common.alias, vscode: "./test/realPrograms/vscode.ts" } });
}
