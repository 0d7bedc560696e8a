// fewDescriptors.js pipes|sockets
// Starts commands, and watchdogs, with 0, 1, 2, ... free descriptors, and prints how each start went and how many descriptors were open
// after each of them, as JSON. To be run with a low limit of descriptors.
import { closeSync, openSync, readdirSync } from "node:fs";
import { Cmd } from "../../src/taskRunner/exec/cmd";
import { fifoStock } from "../../src/taskRunner/exec/fifo";
import { Watchdog } from "../../src/taskRunner/recovery/watchdog";

const MOST_FREE = 24;
/** A leak costs so long, in milliseconds. */
const SETTLE_MS = 1000;

async function withFree<T>(free: number, act: () => Promise<T>): Promise<T> {
  const used: number[] = [];
  try {
    for (;;) used.push(openSync("/dev/null", "r"));
  } catch {
    // Now none is left.
  }
  for (const fd of used.splice(0, free)) closeSync(fd);
  try {
    return await act();
  } finally {
    for (const fd of used) closeSync(fd);
  }
}

async function start(): Promise<string> {
  const cmd = new Cmd("/bin/true");
  cmd.stdin = "input";
  cmd.stdout = { write: () => undefined };
  cmd.stderr = { write: () => undefined };
  new Watchdog({ marker: "A=1", since: 0, plan: { cancelSignal: "none", isSignalNamed: true, waitDelay: 0 }, pipes: [] }).dismiss();
  return await cmd.run().then(
    () => "started",
    (error: unknown) => String(error),
  );
}

function countOpen(): number {
  return readdirSync("/proc/self/fd").length;
}

/** A watchdog that was started takes a moment to end. */
async function settled(expected: number): Promise<number> {
  const end = performance.now() + SETTLE_MS;
  while (countOpen() > expected && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  return countOpen();
}

async function main(): Promise<void> {
  if (process.argv[2] === "sockets") {
    const none = (): Promise<never> => Promise.reject(new Error("no pipe"));
    Object.assign(fifoStock, { make: none, makeOther: none });
  }
  // It keeps no stock then.
  await fifoStock.close();
  await start();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const before = countOpen();
  const told: { free: number; how: string; leaked: number }[] = [];
  for (let free = 0; free <= MOST_FREE; free++) {
    const how = await withFree(free, start);
    told.push({ free, how, leaked: (await settled(before)) - before });
  }
  console.log(JSON.stringify(told));
}

void main();
