import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { forEachBounded, readProcNow, seenInThreads, statFields, unlessExhausted } from "./procfs";
import { userNames } from "./linuxStatus";
import type { FileId, HeldFile, Listener } from "./table";

/**
 * What an open descriptor can lead to and still be looked at without waiting: pipes, files whose name is gone, devices.
 * Any other name may lie on a network that does not answer.
 */
const LOOKED_AT = /^pipe:\[| \(deleted\)$|^\/dev\//;
/** A socket that waits for connections, in the fourth column of /proc/net/tcp. */
const TCP_LISTEN = "0A";

/** Which of the processes have which of the files open, from /proc/PID/fd. */
export async function filesHeld(pids: readonly number[], files: readonly FileId[], unanswered?: Set<number>): Promise<Map<number, HeldFile[]>> {
  const held = new Map<number, HeldFile[]>();
  if (files.length === 0) return held;
  const byId = new Map(files.map((file) => [idOf(file), file]));
  const bySession = new Map(files.flatMap((file) => (file.session === undefined ? [] : [[file.session, file] as const])));
  await forEachBounded(pids, async (pid) => {
    for (const { id, fd, target } of await descriptors(pid)) {
      if (!LOOKED_AT.test(target)) continue;
      const info = await stat(`/proc/${id}/fd/${fd}`).catch(unlessExhausted(undefined));
      // The kernel forgets a session's terminal with its leader; who has opened it still has it.
      const file = (info === undefined ? undefined : byId.get(idOf(info))) ?? (target === "/dev/tty" ? bySession.get(sessionOf(pid)) : undefined);
      if (file !== undefined) held.set(pid, [...(held.get(pid) ?? []), { fd, file, writable: await isWritable(id, fd) }]);
    }
  }, unanswered);
  return held;
}

function idOf({ dev, ino }: FileId): string {
  return `${dev}:${ino}`;
}

/** The process's session, number 6 of its stat in proc(5). */
function sessionOf(pid: number): number {
  return Number(statFields(readProcNow(`/proc/${pid}/stat`) ?? "")[3]);
}

/** The TCP ports that the processes listen on. Each network namespace has a table of its own, which is read once. */
export async function listeningPorts(pids: readonly number[]): Promise<Map<number, number[]>> {
  const tables = new Map<string, Promise<ReadonlyMap<string, number>>>();
  const found = new Map<number, number[]>();
  await forEachBounded(pids, async (pid) => {
    const sockets = (await descriptors(pid)).flatMap(({ target }) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
    if (sockets.length === 0) return;
    const namespace = await readlink(`/proc/${pid}/ns/net`).catch(unlessExhausted(""));
    const table = tables.get(namespace) ?? readListeners(pid);
    tables.set(namespace, table);
    const listeners = await table;
    const ports = new Set(sockets.flatMap((inode) => listeners.get(inode) ?? []));
    if (ports.size > 0) found.set(pid, [...ports].sort((a, b) => a - b));
  });
  return found;
}

/** The listening sockets of /proc/net/tcp and tcp6 (see proc(5)): their ports by their inodes. */
export function parseListeners(table: string): Map<string, number> {
  return new Map(parseSockets(table).map(({ inode, port }) => [inode, port]));
}

/** The same, with the ids of their users. */
export function parseSockets(table: string): { readonly inode: string; readonly port: number; readonly uid: string }[] {
  return table.split("\n").flatMap((line) => {
    const [, local, , state, , , , uid = "", , inode] = line.trim().split(/\s+/);
    const port = parseInt(local?.split(":")[1] ?? "", 16);
    return state === TCP_LISTEN && inode !== undefined && !Number.isNaN(port) ? [{ inode, port, uid }] : [];
  });
}

/** Who listens on these ports, of all processes. Where nobody does, only two files are read. */
export async function listenersOn(ports: readonly number[], allPids: () => readonly number[]): Promise<Listener[]> {
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => readFile(`/proc/self/net/${name}`, "utf8").catch(unlessExhausted(""))));
  const sockets = parseSockets(tables.join("\n")).filter(({ port }) => ports.includes(port));
  if (sockets.length === 0) return [];
  const seen = new Set<string>();
  const found = new Map<string, Listener>();
  await forEachBounded(allPids(), async (pid) => {
    for (const { target } of await descriptors(pid)) {
      const socket = sockets.find(({ inode }) => target === `socket:[${inode}]`);
      if (socket === undefined) continue;
      seen.add(socket.inode);
      found.set(`${pid}:${socket.port}`, { port: socket.port, pid, user: undefined });
    }
  });
  const unseen = sockets.filter(({ inode }) => !seen.has(inode));
  const names = unseen.length === 0 ? new Map<string, string>() : await userNames();
  return [...found.values(), ...unseen.map(({ port, uid }) => ({ port, pid: undefined, user: names.get(uid) ?? `uid ${uid}` }))];
}

async function readListeners(pid: number): Promise<Map<string, number>> {
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "utf8").catch(unlessExhausted(""))));
  return parseListeners(tables.join("\n"));
}

/** From the flags of open(2), in octal; their last digit has the access mode, in which 0 is O_RDONLY. */
async function isWritable(pid: number, fd: number): Promise<boolean | undefined> {
  const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, "utf8").catch(unlessExhausted(""));
  const mode = /^flags:\s+[0-7]*([0-7])$/m.exec(info)?.[1];
  return mode === undefined ? undefined : (Number(mode) & 3) !== 0;
}

interface Descriptor {
  /** By which it is found: the process's, or its thread's where the first one has ended. */
  readonly id: number;
  readonly fd: number;
  readonly target: string;
}

/** Where each open descriptor of the process leads. The text of the link comes from the kernel, without touching the file. */
async function descriptors(pid: number): Promise<Descriptor[]> {
  const look = async (id: number): Promise<{ readonly id: number; readonly names: readonly string[] }> => ({ id, names: await readdir(`/proc/${id}/fd`).catch(unlessExhausted([])) });
  const { id, names } = await seenInThreads(pid, look, (seen) => seen.names.length === 0);
  return await Promise.all(names.map(async (name) => ({ id, fd: Number(name), target: await readlink(`/proc/${id}/fd/${name}`).catch(unlessExhausted("")) })));
}
