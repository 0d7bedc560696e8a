import {
  assignProcessToJobObject,
  closeHandle,
  createIoCompletionPort,
  createJobObject,
  getLastError,
  getQueuedCompletionStatus,
  INVALID_HANDLE,
  queryInformationJobObject,
  setInformationJobObject,
  terminateJobObject,
  withProcess,
} from "./api";
import { KILLED_EXIT } from "../../base/exitStatus";
import { isConsoleHost, MOST_ROWS } from "./protocol";
import { processes, variableOf } from "./systemProcesses";

const INFINITE = 0xffffffff;
/** What AssignProcessToJobObject needs: to set quotas, and to terminate. */
const ASSIGN = 0x101;
/** Kinds of information. */
const PROCESS_IDS = 3;
const COMPLETION_PORT = 7;
/** Those that were started before their parent was in the job are looked for so often at most. */
const ROUNDS = 20;
/** What is put together in one message about who is in a job, in milliseconds. */
const TELL_MS = 5;

interface Job {
  readonly handle: number;
  readonly key: number;
  telling: NodeJS.Timeout | undefined;
}

/** The Job Objects of the runs, and who is in them. */
export class Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #runs = new Map<number, string>();
  readonly #changed: (run: string) => void;
  #port = 0;
  #keys = 0;

  /** @param changed is told soon after a process has come into the job of a run, or has ended */
  constructor(changed: (run: string) => void) {
    this.#changed = changed;
  }

  /** Makes the job of a run, where there is none yet. */
  open(run: string): void {
    if (this.#jobs.has(run)) return;
    const handle = createJobObject(null, null);
    if (handle === 0) throw new Error(`CreateJobObject: error ${getLastError()}`);
    const key = ++this.#keys;
    const association = Buffer.alloc(16); // JOBOBJECT_ASSOCIATE_COMPLETION_PORT
    association.writeBigUInt64LE(BigInt(key), 0);
    association.writeBigInt64LE(BigInt(this.#listen()), 8);
    if (setInformationJobObject(handle, COMPLETION_PORT, association, association.length) === 0) throw new Error(`SetInformationJobObject: error ${getLastError()}`);
    this.#jobs.set(run, { handle, key, telling: undefined });
    this.#runs.set(key, run);
  }

  /** @param process a handle that may be used for it */
  assign(run: string, process: number): void {
    if (assignProcessToJobObject(this.#of(run).handle, process) === 0) throw new Error(`AssignProcessToJobObject: error ${getLastError()}`);
  }

  /**
   * Puts a process into the job that was started elsewhere, and what it has started before it was in: by descent, or by the mark in the
   * environment where a parent has ended already.
   * @param process a handle that may be used for it
   */
  adopt(run: string, pid: number, process: number, variable: string, value: string): void {
    this.#tryAssign(run, process);
    const tried = new Set([pid]);
    for (let round = 0; round < ROUNDS; round++) {
      const inside = new Set([...this.pids(run), ...tried]);
      const rows = processes();
      const since = rows.find((row) => row[0] === pid)?.[2] ?? Infinity;
      const missed = rows.filter(([one, parent, start, name]) => !inside.has(one) && !isConsoleHost(name) && start >= since && (inside.has(parent) || variableOf(one, variable) === value));
      if (missed.length === 0) return;
      for (const [one] of missed) {
        tried.add(one);
        withProcess(one, ASSIGN, (handle) => this.#tryAssign(run, handle));
      }
    }
  }

  /** @returns none where the job is closed */
  pids(run: string): number[] {
    const job = this.#jobs.get(run);
    if (job === undefined) return [];
    for (let room = 256; ; ) {
      const list = Buffer.alloc(8 + 8 * room); // JOBOBJECT_BASIC_PROCESS_ID_LIST
      // It fails with too little room, and has counted them all the same; else there are none. GetLastError may tell of the thread that waits.
      queryInformationJobObject(job.handle, PROCESS_IDS, list, list.length, null);
      const [all, listed] = [list.readUInt32LE(0), list.readUInt32LE(4)];
      if (listed >= all || room >= MOST_ROWS) return Array.from({ length: Math.min(listed, room) }, (_, i) => Number(list.readBigUInt64LE(8 + 8 * i)));
      room = Math.min(MOST_ROWS, all + 64);
    }
  }

  /** Ends all that are in it. @returns who was */
  terminate(run: string): number[] {
    const pids = this.pids(run);
    const job = this.#jobs.get(run);
    if (job !== undefined && terminateJobObject(job.handle, KILLED_EXIT) === 0) throw new Error(`TerminateJobObject: error ${getLastError()}`);
    return pids;
  }

  close(run: string): void {
    const job = this.#jobs.get(run);
    if (job === undefined) return;
    clearTimeout(job.telling);
    this.#jobs.delete(run);
    this.#runs.delete(job.key);
    closeHandle(job.handle);
  }

  /** Whether it is in one of them. */
  some(pid: number): boolean {
    return [...this.#jobs.keys()].some((run) => this.pids(run).includes(pid));
  }

  /** It may have ended; or have been put into another job that this one cannot be nested in: then it is known by the signs. */
  #tryAssign(run: string, process: number): void {
    assignProcessToJobObject(this.#of(run).handle, process);
  }

  #of(run: string): Job {
    const job = this.#jobs.get(run);
    if (job === undefined) throw new Error("the run has no job");
    return job;
  }

  /** One thread waits for what happens in all jobs. */
  #listen(): number {
    if (this.#port !== 0) return this.#port;
    this.#port = createIoCompletionPort(INVALID_HANDLE, 0, 0, 1);
    if (this.#port === 0) throw new Error(`CreateIoCompletionPort: error ${getLastError()}`);
    const [message, key, overlapped] = [Buffer.alloc(4), Buffer.alloc(8), Buffer.alloc(8)];
    const next = (): void => {
      getQueuedCompletionStatus.async(this.#port, message, key, overlapped, INFINITE, (error, ok) => {
        if (error !== null || ok === 0) return;
        const run = this.#runs.get(Number(key.readBigUInt64LE(0)));
        if (run !== undefined) this.#tell(run);
        next();
      });
    };
    next();
    return this.#port;
  }

  #tell(run: string): void {
    const job = this.#jobs.get(run);
    if (job === undefined) return;
    job.telling ??= setTimeout(() => {
      job.telling = undefined;
      this.#changed(run);
    }, TELL_MS);
  }
}
