// What a window loads when it comes up, as it is bundled.
import assert from "node:assert/strict";
import { join } from "node:path";

import { build, type Metafile } from "esbuild";

import { projectRoot } from "../vscode/projectRoot";

/** The sources that are in a bundled file and in those that it loads at once. */
function sourcesAtOnce({ outputs }: Metafile, entry: string): Set<string> {
  const files = new Set<string>();
  const sources = new Set<string>();
  const add = (file: string): void => {
    const output = outputs[file];
    if (output === undefined || files.has(file)) return;
    files.add(file);
    for (const source of Object.keys(output.inputs)) sources.add(source);
    for (const { path, kind } of output.imports) if (kind === "import-statement") add(path);
  };
  add(Object.keys(outputs).find((file) => outputs[file]?.entryPoint === entry) ?? assert.fail(`${entry} is not bundled`));
  return sources;
}

describe("A window that comes up", () => {
  it("loads nothing that only a task, or a tasks.json, needs", async () => {
    const { metafile } = await build({
      absWorkingDir: projectRoot,
      entryPoints: ["src/extension.ts"],
      bundle: true,
      splitting: true,
      write: false,
      metafile: true,
      platform: "node",
      format: "esm",
      outdir: join(projectRoot, "out"),
      external: ["vscode", "node-pty"],
      loader: { ".sh": "text", ".pl": "text" },
    });
    const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
    const later = ["src/window.ts", "src/taskRunner/provider.ts", "src/taskRunner/run/words.ts", "src/views/runsTree.ts", "src/taskRunner/running.ts", "src/taskRunner/process/linux.ts", "src/taskRunner/recovery/watchdog.ts", "src/taskRunner/remote/runServer.ts", "src/taskRunner/exec/cmd.ts", "src/taskRunner/run/taskRun.ts", "src/taskRunner/run/execution.ts", "src/taskRunner/taskReader.ts", "src/taskRunner/terminal/runTerminal.ts", "src/tasksJson/checkFile.ts", "src/tasksJson/conversion.ts", "src/tasksJson/taskPlace.ts", "src/tasksJson/runLenses.ts", "src/tasksJson/tasksDocument.ts"];
    for (const source of later) assert.ok(bundled.includes(source), `${source} is bundled`);
    assert.ok(bundled.some((source) => source.includes("jsonc-parser")));
    const atOnce = [...sourcesAtOnce(metafile, "src/extension.ts")];
    assert.deepEqual(atOnce.filter((source) => later.includes(source) || source.includes("jsonc-parser")), []);
  });
});
