import { setTimeout as sleep } from "node:timers/promises";
import type { RunningCommand } from "./runningCommand";

/** So many looks in a row must find nothing of it. */
const QUIET_LOOKS = 3;
/** How long what an abandoned start has started after all may take to die, and how often it is looked at, in milliseconds. */
const ABANDONED_MS = 5000;
const POLL_MS = 25;

/** The command was started although nobody waits for it any more. What it has started in that time is killed with it. */
export async function killAbandoned(command: RunningCommand): Promise<void> {
  const end = performance.now() + ABANDONED_MS;
  void command.cmd.wait().catch(() => undefined);
  // Several looks, because one may just be forking, and its child is found only by the next.
  let quiet = 0;
  while (quiet < QUIET_LOOKS && performance.now() < end) {
    await command.processes?.signal("SIGKILL");
    quiet = (await command.processes?.isAlive()) === true ? 0 : quiet + 1;
    await sleep(POLL_MS);
  }
  command.process?.keeper?.end();
  command.forget();
}
