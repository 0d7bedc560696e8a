// Bundles the extension into dist/. With --tests also test/ into out/, one bundle a test file, same layout as the sources.
// --production minifies and leaves the source map out.
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const production = process.argv.includes("--production");
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  logLevel: "warning",
  legalComments: "none",
  // Has parts that are not JavaScript; its place is found by Node.
  external: ["vscode", "node-pty"],
};

function sources(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.parentPath.includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name));
}

rmSync(join(root, "dist"), { recursive: true, force: true });
await build({
  ...common,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  minify: production,
  sourcemap: production ? false : "linked",
});

if (process.argv.includes("--tests")) {
  rmSync(join(root, "out"), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: [...sources("test"), ...sources("bench")],
    outbase: ".",
    outdir: "out",
    external: [...common.external, "mocha", "playwright-core", "@vscode/test-electron", "esbuild", "execa"],
    sourcemap: "linked",
  });
}
