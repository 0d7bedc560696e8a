import type { Ready } from "./program";
import { isListening, type Trial } from "./trial";
import { until } from "./until";

/** Nothing takes longer to start, on a busy machine, in milliseconds. */
const START_MS = 45_000;
/** What has just become ready has a moment to have its handlers in place, in milliseconds. */
const SETTLE_MS = 150;

/** Waits until a program is ready. @param output what it has written so far @returns whether it became ready before it ended */
export async function untilReady(trial: Trial, ready: Ready | readonly Ready[], output: () => string, isOver: () => boolean): Promise<boolean> {
  const all: readonly Ready[] = "length" in ready ? ready : [ready];
  const holds = async (): Promise<boolean> => (await Promise.all(all.map((one) => isReady(trial, one, output)))).every(Boolean);
  await until(async () => isOver() || (await holds()), START_MS);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  return !isOver() && (await holds());
}

async function isReady(trial: Trial, ready: Ready, output: () => string): Promise<boolean> {
  if ("apps" in ready) return ready.apps.every((name) => trial.read(`${name}.log`).includes(" ready"));
  if ("port" in ready) return isListening(trial.ports[0]);
  if ("file" in ready) return trial.exists(ready.file);
  return ready.output.test(ready.in === undefined ? output() : trial.read(ready.in));
}
