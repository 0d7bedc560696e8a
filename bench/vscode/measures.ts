import { readdirSync, readFileSync } from "node:fs";
import type { Page } from "playwright-core";

function fields(pid: number): { name: string; ppid: number } | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, ppid] = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return { name: line.slice(line.indexOf("(") + 1, line.lastIndexOf(")")), ppid: Number(ppid) };
  } catch {
    return undefined;
  }
}

function allPids(): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function descendsFrom(pid: number, ancestor: number): boolean {
  for (let at = pid; at > 1; at = fields(at)?.ppid ?? 0) if (at === ancestor) return true;
  return false;
}

/** The renderers of the browser that this process has started. */
export function renderers(): number[] {
  return allPids().filter((pid) => commandLine(pid).includes("--type=renderer") && descendsFrom(pid, process.pid));
}

/** Resident memory in MB. */
export function residentMemory(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Makes the page collect its garbage. */
export async function collectGarbage(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.detach();
}

/** Resident memory of all renderers together in MB. */
export function rendererMemory(): number {
  return renderers().reduce((sum, pid) => sum + residentMemory(pid), 0);
}

/** Watches the memory of processes. @returns ends it, with the largest growth in MB of each of the groups */
export function watchMemory(groups: Readonly<Record<string, readonly number[]>>): () => Record<string, number> {
  const size = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + residentMemory(pid), 0);
  const names = Object.keys(groups);
  const before = new Map(names.map((name) => [name, size(groups[name] ?? [])]));
  const peak = new Map(before);
  const timer = setInterval(() => names.forEach((name) => peak.set(name, Math.max(peak.get(name) ?? 0, size(groups[name] ?? [])))), 50);
  return () => {
    clearInterval(timer);
    return Object.fromEntries(names.map((name) => [name, (peak.get(name) ?? 0) - (before.get(name) ?? 0)]));
  };
}

/** When the first process of this name below an ancestor is gone, in milliseconds since the epoch. */
export async function whenGone(name: string, ancestor: number): Promise<number> {
  const pids = allPids().filter((pid) => fields(pid)?.name === name && descendsFrom(pid, ancestor));
  const lives = (pid: number): boolean => fields(pid)?.name === name && commandLine(pid) !== "";
  while (pids.some(lives)) await new Promise((resolve) => setTimeout(resolve, 2));
  return performance.timeOrigin + performance.now();
}

/** Makes the page remember when the last key was pressed, when the mouse, and when the list at the top has come up. */
export async function instrument(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times = { key: 0, click: 0, list: 0 };
    Object.assign(globalThis, { benchTimes: times });
    const epoch = performance.timeOrigin;
    addEventListener("keydown", (event) => (times.key = epoch + event.timeStamp), true);
    addEventListener("mousedown", (event) => (times.click = epoch + event.timeStamp), true);
    let shown = false;
    new MutationObserver(() => {
      const input = document.querySelector<HTMLInputElement>(".quick-input-widget .quick-input-box input");
      const isShown = input?.offsetParent != null;
      if (isShown && !shown) times.list = epoch + performance.now();
      shown = isShown;
    }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["style", "class"] });
  });
}

export function times(page: Page): Promise<{ key: number; click: number; list: number }> {
  return page.evaluate(() => (globalThis as unknown as { benchTimes: { key: number; click: number; list: number } }).benchTimes);
}

/** Presses F1. @returns how many milliseconds later the palette was there */
export async function paletteLatency(page: Page): Promise<number> {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget .quick-input-box input").waitFor({ state: "visible" });
  const { key, list } = await times(page);
  await page.keyboard.press("Escape");
  await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  return list - key;
}
