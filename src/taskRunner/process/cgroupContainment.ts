import { existsSync, readFileSync, statSync } from "node:fs";
import { systemCode } from "../base/errors";
import { Cgroup, expectEntry, folderOf } from "./cgroup";
import { ownCgroup } from "./cgroupMount";
import { probe, type Mover, type ProbeProblem } from "./cgroupProbe";
import type { Container, Containment, NoContainment, NoScope, WindowScope } from "./container";
import { openUserScope, type UserScope } from "./userScope";

/** A run's cgroup is entered right after it has been made. One that is empty and older than this (ms) is nobody's. */
const STALE_MS = 60_000;

/** A run waits for each try: a system that is always too slow is tried no more often. */
const MOST_TRIES = 3;
/** The system's errors that need not be there the next time. */
const SHORTAGES = ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"];

/** Where the cgroups of runs are made. */
interface Place {
  readonly folder: string;
  /** See `Container`. */
  readonly mover?: Mover | undefined;
  readonly scope?: WindowScope;
  /** What /proc/self/cgroup says where the folder is this process's own cgroup. */
  readonly own?: string | undefined;
}

type OpenScope = () => Promise<UserScope | NoScope>;

/**
 * Each run in a cgroup of its own: a child of the one that this process is in, where the user's systemd has started the editor or its
 * user is root; else, as in most SSH sessions, of a scope that the user's systemd makes for this window.
 */
export class CgroupContainment implements Containment {
  readonly #parent: () => string | NoContainment;
  readonly #openScope: OpenScope | undefined;
  #search: Promise<NoContainment | undefined> | undefined;
  #place: Place | undefined;
  #tries = 0;

  /**
   * @param parent in which folder they are made; told only in tests
   * @param openScope makes the scope, where that folder will not do; undefined: then there are none
   */
  constructor(parent: () => string | NoContainment = ownFolder, openScope = parent === ownFolder ? openUserScope : undefined) {
    this.#parent = parent;
    this.#openScope = openScope;
  }

  available(): Promise<NoContainment | undefined> {
    // Its user may have ended a scope, and all that was in it: then this run gets another one.
    if (this.#place?.scope !== undefined && !existsSync(this.#place.folder)) this.#forget(this.#place);
    return (this.#search ??= this.#findAgain());
  }

  async open(runId: string): Promise<Container | NoContainment> {
    const place = this.#place;
    if (place === undefined) return { kind: "unsupported" };
    const folder = folderOf(place.folder, runId);
    const container = new Cgroup(folder, { mover: place.mover?.(folder), scope: place.scope });
    const code = await container.make();
    return code === undefined ? container : { kind: "refused", code };
  }

  expectEntry(): void {
    const place = this.#place;
    // Should somebody have moved this process meanwhile, it is not to go back.
    if (place?.own !== undefined && place.own === ownPath()) expectEntry(place.folder);
  }

  /** What was only slow, or out of something for a moment, is tried again by the next run. */
  async #findAgain(): Promise<NoContainment | undefined> {
    const problem = await this.#find().catch((error: unknown) => ({ kind: "refused", code: systemCode(error) ?? "unknown" }) as const);
    // What fails at once costs the next run nothing.
    if (problem !== undefined && (isLate(problem) ? ++this.#tries < MOST_TRIES : isShortage(problem))) this.#search = undefined;
    return problem;
  }

  async #find(): Promise<NoContainment | undefined> {
    const own = this.#parent === ownFolder ? ownPath() : undefined;
    const parent = this.#parent();
    if (typeof parent !== "string") return parent;
    const problem = await probe(parent);
    if (problem !== undefined) return await this.#findScope(problem);
    Cgroup.removeStale(parent, STALE_MS, (folder) => statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    this.#place = { folder: parent, own };
    return undefined;
  }

  async #findScope(problem: ProbeProblem): Promise<NoContainment | undefined> {
    // What is mounted read-only is so for everybody.
    if (this.#openScope === undefined || (problem.kind === "refused" && problem.code === "EROFS")) return problem;
    const scope = await this.#openScope();
    if (typeof scope === "string") return { ...problem, noScope: scope };
    const place = (this.#place = { folder: scope.folder, mover: scope.mover, scope: { unit: scope.unit, because: problem } });
    // What nobody keeps goes with the last run in it.
    void scope.ended.then(() => this.#forget(place));
    return undefined;
  }

  #forget(place: Place): void {
    if (this.#place !== place) return;
    this.#place = undefined;
    this.#search = undefined;
  }
}

function isLate(problem: NoContainment): boolean {
  return problem.kind === "late" || ("noScope" in problem && problem.noScope === "late");
}

function isShortage(problem: NoContainment): boolean {
  return problem.kind === "refused" && SHORTAGES.includes(problem.code);
}

function ownPath(): string | undefined {
  try {
    return readFileSync("/proc/self/cgroup", "utf8");
  } catch {
    return undefined;
  }
}

function ownFolder(): string | NoContainment {
  try {
    const own = ownCgroup(readFileSync("/proc/self/cgroup", "utf8"), readFileSync("/proc/self/mountinfo", "utf8"));
    return own.kind === "found" ? own.folder : own;
  } catch (error) {
    // Out of descriptors, say: that is no answer.
    if (systemCode(error) !== "ENOENT") throw error;
    return { kind: "noCgroup2" };
  }
}
