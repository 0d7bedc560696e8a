import { basename } from "node:path";
import type { HeldPort } from "./state";

/** They start everything else, and hold the ports of services that start on demand. */
const SERVICE_MANAGERS = new Set(["systemd", "launchd", "init"]);

/** Whether Stop It can do anything about it, and may. In a container the first process can be any program, and all others end with it. */
export function isStoppable({ process, user, isEditor }: HeldPort): boolean {
  return process !== undefined && process.pid > 1 && user === undefined && !isEditor && !SERVICE_MANAGERS.has(basename(process.name));
}
