import type { Container } from "./container";
import type { RunPipe } from "./runProcess";
import type { FileId, ProcessTable } from "./table";

/** What must be known of a run's command: a child of ours, or of what leads its session and is a child of ours. */
export interface Leader {
  readonly pid: number;
  /** Set once the leader has ended and been reaped; until then no other process can have its pid, nor its group's number. */
  readonly state: object | undefined;
  /** What leads the session in its place, and keeps these numbers, and its own, until its own end. */
  readonly keeper?: { readonly pid: number; readonly hasEnded: boolean; readonly ended: Promise<unknown> } | undefined;
  wait(): Promise<unknown>;
}

export interface Origin {
  /** The run's command, started as the leader of a process group, and of a session if nothing else leads that for it. */
  readonly leader: Leader;
  /** The environment entry ("KEY=value") that every process of the run inherits. */
  readonly marker: string;
  /** When the run began, as told by the table's `now()` before the start. */
  readonly since: number;
  /** The run's pipes, as far as they are still open. */
  readonly pipes: () => readonly RunPipe[];
  /** The file that marks the run, as long as that is open. */
  readonly markerFile?: () => FileId | undefined;
  /** What keeps its processes together, where there is such a thing. */
  readonly container?: Container | undefined;
  readonly table: ProcessTable;
  /** Why it cannot be seen who has the output open; undefined when it can. */
  readonly unseen?: () => string | undefined;
}
