// The terminal part of npm run bench, in a real VS Code: how fast a lot of output gets to the screen, what it costs, and
// whether the window and the Stop button go on working meanwhile. Prints a table; RESULTS.md keeps one.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { extensionHosts, taskProcesses } from "../../test/ui/taskProcesses";
import { openWorkbench, type Workbench } from "../../test/ui/workbench";
import { projectRoot } from "../../test/vscode/projectRoot";
import { median } from "../median";
import { collectGarbage, instrument, paletteLatency, rendererMemory, renderers, times, watchMemory, whenGone } from "./measures";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 3);
const MEGABYTES = 50;
const FLOOD_MS = 10_000;
/** So often Stop is clicked, the first time after FLOOD_MS, then after a shorter one. */
const STOPS = 7;
const STOPPED_AFTER_MS = 3000;

/** As a log looks: lines of 20 to 140 characters, some of them with colours. */
function text(): string {
  const lines: string[] = [];
  for (let i = 0, size = 0; size < MEGABYTES * 1_000_000; i++) {
    const line = `${String(i).padStart(8)} ${"building module ".repeat(1 + (i % 8))}${i % 5 === 0 ? "\x1b[32mok\x1b[0m" : "ok"}`;
    lines.push(line);
    size += line.length + 1;
  }
  return `${lines.join("\n")}\n`;
}

/** Resolves when the active terminal's last lines have all of these words. */
async function waitForEnd(w: Workbench, words: readonly string[]): Promise<void> {
  await w.page.waitForFunction(
    (wanted) => {
      const element = document.querySelector(".terminal-wrapper.active") as { xterm?: { buffer: { active: { length: number; getLine(y: number): { translateToString(): string } | undefined } } } } | null;
      const buffer = element?.xterm?.buffer.active;
      if (buffer === undefined) return false;
      let tail = "";
      for (let y = Math.max(0, buffer.length - 60); y < buffer.length; y++) tail += `${buffer.getLine(y)?.translateToString() ?? ""}\n`;
      return wanted.every((word) => tail.includes(word));
    },
    words,
    { polling: 100, timeout: 180_000 },
  );
}

async function groups(w: Workbench): Promise<Record<string, number[]>> {
  return { host: await extensionHosts(w.server.pid), renderer: renderers() };
}

/** A terminal of its own for every run: an old one is slower. */
async function closeTerminals(w: Workbench): Promise<void> {
  // What an old one shows must not be taken for what a new one does.
  while ((await w.page.locator(".terminal-wrapper").count()) > 0) {
    await w.command("Terminal: Kill All Terminals");
    await sleep(1500);
  }
}

interface Copied {
  readonly seconds: number;
  readonly host: number;
  readonly renderer: number;
  /** What is left of it when the garbage has been collected. */
  readonly kept: number;
}

async function copy(w: Workbench, label: string): Promise<Copied> {
  // The garbage of the task before is not to count for this one, nor to be what is collected in its time.
  await collectGarbage(w.page);
  const idle = rendererMemory();
  const memory = watchMemory(await groups(w));
  await w.runTask(label);
  const { click, key } = await times(w.page);
  await waitForEnd(w, ["the last line", "Terminal will be reused"]);
  const seconds = (performance.timeOrigin + performance.now() - Math.max(click, key)) / 1000;
  const { host = NaN, renderer = NaN } = memory();
  await collectGarbage(w.page);
  const kept = rendererMemory() - idle;
  await closeTerminals(w);
  return { seconds, host, renderer, kept };
}

interface Flooded {
  readonly palette: readonly number[];
  /** From the click on Stop to the end of the process, every time. */
  readonly stopped: readonly number[];
  readonly host: number;
  readonly renderer: number;
}

/** @returns the milliseconds from the click to the end of `yes` */
async function stopByClick(w: Workbench): Promise<number> {
  const gone = whenGone("yes", w.server.pid);
  await w.clickTerminalTitleAction("Stop");
  return (await gone) - (await times(w.page)).click;
}

async function flood(w: Workbench, label: string, canStop: boolean): Promise<Flooded> {
  await collectGarbage(w.page);
  const memory = watchMemory(await groups(w));
  await w.runTask(label);
  await w.waitForTerminal(/y\ny\ny/);
  const end = performance.now() + FLOOD_MS;
  const palette: number[] = [];
  while (performance.now() < end) {
    await sleep(500);
    palette.push(await paletteLatency(w.page));
  }
  const { host = NaN, renderer = NaN } = memory();
  const stopped: number[] = [];
  if (!canStop) await w.terminateTask(label);
  else stopped.push(await stopByClick(w));
  while (canStop && stopped.length < STOPS) {
    await w.runTask(label);
    await sleep(STOPPED_AFTER_MS);
    stopped.push(await stopByClick(w));
  }
  await closeTerminals(w);
  return { palette, stopped, host, renderer };
}

/** The median, and all of them. */
function each(values: readonly number[], digits = 0): string {
  return `${median(values).toFixed(digits)} (${values.map((value) => value.toFixed(digits)).join(", ")})`;
}

function row(...cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-bench-"));
  const file = join(folder, "text");
  writeFileSync(file, text());
  const vsix = join(folder, "cancellable-tasks.vsix");
  execFileSync(process.execPath, [join(projectRoot, "scripts", "package.mjs"), "--target", "current", "--out", vsix], { stdio: "ignore" });
  const w = await openWorkbench({
    version: "1.139",
    vsix,
    folder: join(projectRoot, "bench", "vscode", "workspace"),
    theme: "dark",
    env: { BENCH_TEXT: file },
  });
  try {
    await instrument(w.page);
    await warmUp(w);
    const idle = [];
    for (let i = 0; i < 10; i++) idle.push(await paletteLatency(w.page));
    console.log(`VS Code 1.139, Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores; medians of ${ROUNDS} rounds, in turn`);
    console.log(`The palette opens ${median(idle).toFixed(0)} ms after F1 (at most ${Math.max(...idle).toFixed(0)}) while nothing runs.\n`);
    if (process.env["BENCH_ONLY"] !== "yes") await copies(w);
    if (process.env["BENCH_ONLY"] !== "copy") await floods(w);
  } finally {
    for (const { pid } of await taskProcesses(w.folder)) process.kill(pid, "SIGKILL");
    await w.close();
    rmSync(folder, { recursive: true });
  }
}

/** The window has still to do after it has come up, and what runs for the first time is loaded and compiled. */
async function warmUp(w: Workbench): Promise<void> {
  for (const label of ["warm up process task", "warm up pipe", "warm up pty"]) {
    await w.runTask(label);
    await waitForEnd(w, ["the last line", "Terminal will be reused"]);
  }
  await closeTerminals(w);
  await sleep(5000);
}

async function copies(w: Workbench): Promise<void> {
  const labels = ["a process task", "b pipe", "c pty"];
  const results = new Map<string, Copied[]>(labels.map((label) => [label, []]));
  for (let i = 0; i < ROUNDS; i++) for (const label of labels) results.get(label)?.push(await copy(w, label));
  const seconds = (label: string): number[] => results.get(label)?.map((result) => result.seconds) ?? [];
  row(`${MEGABYTES} MB through \`cat\``, "until the last line and the end, s", "ratio", "extension host, MB more", "renderer, MB more", "of it kept");
  row("---", "---", "---", "---", "---", "---");
  for (const label of labels) {
    const all = results.get(label) ?? [];
    const ratios = seconds(label).map((value, i) => (seconds("a process task")[i] ?? NaN) / value);
    row(label, each(seconds(label), 1), median(ratios).toFixed(1), each(all.map(({ host }) => host)), each(all.map(({ renderer }) => renderer)), each(all.map(({ kept }) => kept)));
  }
  console.log("");
}

async function floods(w: Workbench): Promise<void> {
  row("`yes` for 10 s", "palette after F1, ms: median, worst", "gone after the click on Stop, ms: median, worst", "extension host, MB more", "renderer, MB more");
  row("---", "---", "---", "---", "---");
  for (const [label, canStop] of [["yes process task", false], ["yes pipe", true], ["yes pty", true]] as const) {
    const { palette, stopped, host, renderer } = await flood(w, label, canStop);
    row(label, `${median(palette).toFixed(0)}, ${Math.max(...palette).toFixed(0)}`, canStop ? `${median(stopped).toFixed(0)}, ${Math.max(...stopped).toFixed(0)}` : "-", host.toFixed(0), renderer.toFixed(0));
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
