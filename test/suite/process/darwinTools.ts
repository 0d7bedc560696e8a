import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { darwinTable } from "../../../src/taskRunner/process/darwin";
import type { ProcessTable } from "../../../src/taskRunner/process/table";

export const hasDarwinTools = process.platform !== "win32" && ["ps", "lsof"].every((tool) => spawnSync(tool, ["-v"]).error === undefined);

/** macOS's table, until it is closed: its `ps -E` is `ps e` elsewhere; the other options are the same. */
export function darwinTools(): { readonly table: ProcessTable; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
  const real = spawnSync("sh", ["-c", "command -v ps"], { encoding: "utf8" }).stdout.trim();
  writeFileSync(join(folder, "ps"), `#!/bin/sh\ncase $1 in -Eww) shift; exec ${real} eww "$@" ;; esac\nexec ${real} "$@"\n`);
  chmodSync(join(folder, "ps"), 0o755);
  const path = process.env["PATH"];
  process.env["PATH"] = `${folder}${delimiter}${path ?? ""}`;
  return {
    table: darwinTable,
    close: () => {
      process.env["PATH"] = path;
      rmSync(folder, { recursive: true });
    },
  };
}
