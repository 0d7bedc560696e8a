import { join } from "node:path";

/** Where a process's own cgroup is in the file system, or why it cannot be had. */
export type OwnCgroup =
  | { readonly kind: "found"; readonly folder: string }
  /** No cgroup v2 is mounted here: the system has only version 1, or none. */
  | { readonly kind: "noCgroup2" }
  /** It lies outside of what is mounted here, as in some containers. */
  | { readonly kind: "outside" };

/**
 * Finds it by the two files that proc(5) and cgroups(7) describe.
 * @param cgroup /proc/self/cgroup
 * @param mountinfo /proc/self/mountinfo
 */
export function ownCgroup(cgroup: string, mountinfo: string): OwnCgroup {
  const path = /^0::(\/.*)$/m.exec(cgroup)?.[1];
  const mounts = mountinfo.split("\n").flatMap((line) => cgroup2Mount(line) ?? []);
  if (path === undefined || mounts.length === 0) return { kind: "noCgroup2" };
  // A path leads out of the cgroup namespace when the process was moved there from outside.
  if (leadsOut(path)) return { kind: "outside" };
  const under = mounts.filter(({ root }) => !leadsOut(root) && isBelow(path, root));
  // A mount can be hidden by a later one in the same place.
  const mount = under.at(-1);
  if (mount === undefined) return { kind: "outside" };
  return { kind: "found", folder: join(mount.point, mount.root === "/" ? path : path.slice(mount.root.length)) };
}

/** ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [OPTIONAL...] - TYPE SOURCE OPTIONS */
function cgroup2Mount(line: string): { readonly root: string; readonly point: string } | undefined {
  const [before = "", after] = line.split(" - ");
  if (after?.split(" ")[0] !== "cgroup2") return undefined;
  const [, , , root, point] = before.split(" ");
  return root === undefined || point === undefined ? undefined : { root: unescape(root), point: unescape(point) };
}

/** Blanks, tabs, newlines and backslashes are written as three octal digits, bytes of UTF-8 as they are. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

function leadsOut(path: string): boolean {
  return path.split("/").includes("..");
}

function isBelow(path: string, root: string): boolean {
  return root === "/" || path === root || path.startsWith(`${root}/`);
}
