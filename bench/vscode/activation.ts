// The part of npm run bench that asks what the extension costs a window that comes up, in a real VS Code: the time that it takes to load and
// to be activated, by VS Code's own measure, beside extensions that VS Code brings along. BENCH_VSIX names packages to compare instead of a
// newly made one, separated by commas. Prints a table; RESULTS.md keeps one.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openWorkbench } from "../../test/ui/workbench";
import { projectRoot } from "../../test/vscode/projectRoot";
import { median } from "../median";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 5);
const OWN = "Cancellable Tasks";
/** A window is busy with coming up for so long, in milliseconds: what is asked meanwhile would be in the way. */
const COMING_UP_MS = 8000;

async function measure(vsix: string): Promise<Map<string, number>> {
  const w = await openWorkbench({ version: "1.139", vsix, folder: join(projectRoot, "bench", "vscode", "workspace"), theme: "dark" });
  try {
    await sleep(COMING_UP_MS);
    return await w.activationTimes();
  } finally {
    await w.close();
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-bench-"));
  try {
    const given = process.env["BENCH_VSIX"]?.split(",");
    const vsix = join(folder, "cancellable-tasks.vsix");
    if (given === undefined) execFileSync(process.execPath, [join(projectRoot, "scripts", "package.mjs"), "--target", "current", "--out", vsix], { stdio: "ignore" });
    const times = new Map<string, number[]>();
    for (let i = 0; i < ROUNDS; i++) {
      for (const one of given ?? [vsix]) {
        for (const [name, ms] of await measure(one)) {
          const row = name === OWN && given !== undefined ? `${OWN} (${basename(one)})` : name;
          times.set(row, [...(times.get(row) ?? []), ms]);
        }
      }
    }
    console.log(`VS Code 1.139, Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores; ${ROUNDS} windows, one after the other\n`);
    console.log("| extension | activated in, ms: median (all) |\n| --- | --- |");
    for (const [name, all] of [...times].sort(([, a], [, b]) => median(b) - median(a))) console.log(`| ${name} | ${median(all)} (${all.join(", ")}) |`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
