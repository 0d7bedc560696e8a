import * as l10n from "@vscode/l10n";
import { formatDuration } from "../taskRunner/base/duration";
import { harmlessData } from "../taskRunner/base/harmless";
import { isKillable } from "../taskRunner/process/runProcess";
import { isAskedToStop } from "../taskRunner/run/run";
import type { RunSnapshot } from "../taskRunner/run/state";
import type { RunUsage } from "../taskRunner/run/usageSampler";
import { listNames, usageText } from "../taskRunner/run/words";
import type { ListedTask } from "../taskRunner/task/configuredTask";
import { nearTimeout } from "./countdown";
import { endedTexts, runNode, secondsLeft, type NodeIcon, type TreeNode } from "./runsTreeModel";

/** So many earlier runs of which nothing is left are shown below a task. */
const PAST_RUNS = 5;

/** A run, and the task that it is of, where that is known. */
export interface TreeRun {
  readonly snapshot: RunSnapshot;
  readonly taskKey: string | undefined;
}

export interface TreeInput {
  /** In the order in which they are configured. */
  readonly tasks: readonly ListedTask[];
  /** In the order in which they were started. */
  readonly runs: readonly TreeRun[];
  readonly usage: ReadonlyMap<string, RunUsage>;
  /** Whether the tasks of each folder stand below it, where there are several. */
  readonly byFolder: boolean;
  readonly now: number;
  /** Since when a run is in its state: a count-down in a row is not redrawn. */
  readonly since: (run: RunSnapshot) => number;
  readonly dateOf: (time: number) => number;
}

/** The tree: first the runs that belong to no configured task, the newest first, then the tasks in their order, those of a compound task below it. */
export function treeNodes(input: TreeInput): TreeNode[] {
  return new Tree(input).nodes();
}

class Tree {
  readonly #input: TreeInput;
  readonly #byKey: ReadonlyMap<string, ListedTask>;
  readonly #runs = new Map<string, RunSnapshot[]>();
  readonly #loose: RunSnapshot[] = [];
  /** The hidden compound tasks that no shown one starts: what they start does not stand below them, so that nothing moves when they run. */
  readonly #detached: ReadonlySet<ListedTask>;

  constructor(input: TreeInput) {
    this.#input = input;
    this.#byKey = new Map(input.tasks.map((task) => [task.key, task]));
    const groups = input.tasks.filter(({ isCancellable }) => !isCancellable);
    const attached = new Set(groups.filter(({ isHidden }) => !isHidden));
    for (const group of attached) for (const one of groups) if (this.#startsGroup(group, one)) attached.add(one);
    this.#detached = new Set(groups.filter((group) => !attached.has(group)));
    for (const { snapshot, taskKey } of input.runs) {
      const key = taskKey ?? this.#keyByLabel(snapshot);
      if (key === undefined) this.#loose.push(snapshot);
      else this.#runs.set(key, [...(this.#runs.get(key) ?? []), snapshot]);
    }
  }

  nodes(): TreeNode[] {
    const { tasks, byFolder } = this.#input;
    const shown = tasks.filter((task) => task.isCancellable || this.#members(task).length > 0);
    const below = new Set(shown.filter((task) => !task.isCancellable).flatMap((group) => this.#below(group).map(({ key }) => key)));
    const top = shown.filter((task) => !below.has(task.key) && this.#isSeen(task));
    const folders = [...new Set(tasks.flatMap(({ folder }) => folder ?? []))];
    const isGrouped = byFolder && folders.length > 0;
    const grouped = isGrouped ? folders.flatMap((folder) => this.#folderNode(folder, top.filter((task) => task.folder === folder))) : [];
    const rest = top.filter(({ folder }) => !isGrouped || folder === undefined);
    return [...this.#looseNodes(), ...grouped, ...rest.map((task) => this.#node(task, isGrouped))];
  }

  /** Whether a task has a row of its own: a hidden one has while it runs, and as long as there is something to be seen of its runs. */
  #isSeen(task: ListedTask): boolean {
    if (!task.isHidden) return true;
    return task.isCancellable ? this.#runs.has(task.key) : !this.#detached.has(task) || this.#members(task).some(({ key }) => this.#live(key).length > 0);
  }

  /** What an earlier window of this folder has left belongs to the task of that name, where there is one only. */
  #keyByLabel({ label, folder, window }: RunSnapshot): string | undefined {
    // What runs in another window is no run of a task that can be started here.
    if (window !== undefined) return undefined;
    const namesakes = this.#input.tasks.filter((task) => task.isCancellable && task.label === label);
    return folder === undefined && namesakes.length === 1 ? namesakes[0]?.key : undefined;
  }

  /** Runs of no task, and of tasks that are not configured any more. */
  #looseNodes(): TreeNode[] {
    const unknown = [...this.#runs].filter(([key]) => !this.#byKey.has(key)).flatMap(([, runs]) => runs);
    return this.#input.runs.map(({ snapshot }) => snapshot).filter((run) => this.#loose.includes(run) || unknown.includes(run)).reverse().map((run) => this.#runNode(run));
  }

  #folderNode(folder: string, tasks: readonly ListedTask[]): TreeNode[] {
    if (tasks.length === 0) return [];
    const children = tasks.map((task) => this.#node(task, true));
    return [{ ...BLANK, id: `folder/${tasks[0]?.scope ?? folder}`, kind: "folder", label: harmlessData(folder), icon: { id: "root-folder", color: undefined }, contextValue: "folder", role: l10n.t("folder"), isOpen: true, children }];
  }

  #node(task: ListedTask, isInFolder: boolean): TreeNode {
    return task.isCancellable ? this.#taskNode(task, isInFolder) : this.#groupNode(task, isInFolder);
  }

  /** The compound tasks and tasks below a compound task: those that it depends on directly, unless an earlier compound has them already. */
  #below(group: ListedTask): ListedTask[] {
    if (this.#detached.has(group)) return [];
    const groups = this.#input.tasks.filter((task) => !task.isCancellable && task.scope === group.scope && !this.#detached.has(task));
    const earlier = new Set(groups.slice(0, groups.indexOf(group)).flatMap(({ dependsOn }) => dependsOn));
    return group.dependsOn.filter((label) => !earlier.has(label) && label !== group.label).flatMap((label) => this.#find(label, group.scope) ?? []).filter((task) => task.isCancellable || (this.#members(task).length > 0 && !this.#reaches(task, group)));
  }

  #startsGroup(group: ListedTask, other: ListedTask): boolean {
    return group.scope === other.scope && group.dependsOn.includes(other.label) && !this.#reaches(other, group);
  }

  #find(label: string, scope: string): ListedTask | undefined {
    return this.#input.tasks.find((task) => task.label === label && task.scope === scope);
  }

  /** Everything of our type that a compound task starts. */
  #members(group: ListedTask): ListedTask[] {
    const reached = new Set<ListedTask>([group]);
    for (const task of reached) for (const label of task.dependsOn) [this.#find(label, task.scope) ?? []].flat().forEach((one) => reached.add(one));
    reached.delete(group);
    return [...reached].filter(({ isCancellable }) => isCancellable);
  }

  #reaches(task: ListedTask, other: ListedTask): boolean {
    const reached = new Set<ListedTask>([task]);
    for (const one of reached) for (const label of one.dependsOn) [this.#find(label, one.scope) ?? []].flat().forEach((next) => reached.add(next));
    return reached.has(other);
  }

  #groupNode(group: ListedTask, isInFolder: boolean): TreeNode {
    const members = this.#members(group);
    const states = members.flatMap(({ key }) => this.#live(key)[0] ?? []).map(({ state }) => state);
    const stopping = states.filter(isAskedToStop).length;
    const text = states.length === 0 ? "" : stopping > 0 ? l10n.t("stopping {0} of {1}", stopping, members.length) : l10n.t("{0} of {1} running", states.length, members.length);
    const { label, detail } = harmlessData(group);
    return {
      ...BLANK,
      id: `group/${group.key}`,
      taskKey: group.key,
      kind: "group",
      label,
      description: withFolder(text === "" ? (detail ?? "") : text, group, isInFolder),
      tooltip: [label, ...(detail === undefined ? [] : [detail]), l10n.t({ message: "runs {0}", args: [listNames(members.map((task) => harmlessData(task.label)))], comment: ["{0}: the tasks that a compound task starts."] })].join("\n"),
      icon: ownIcon(group) ?? { id: "layers", color: undefined },
      contextValue: states.length === 0 ? "group.idle" : stopping > 0 ? "group.stopping" : "group.live",
      role: l10n.t("compound task"),
      isOpen: true,
      children: this.#below(group).map((task) => this.#node(task, true)),
    };
  }

  #taskNode(task: ListedTask, isInFolder: boolean): TreeNode {
    const runs = this.#runs.get(task.key) ?? [];
    const shown = this.#live(task.key).at(-1) ?? runs.at(-1);
    const id = `task/${task.key}`;
    const { label, detail } = harmlessData(task);
    const common = { id, taskKey: task.key, kind: "task", label, role: l10n.t("task") } as const;
    if (shown === undefined) {
      const tooltip = [label, ...(detail === undefined ? [] : [detail]), l10n.t("not running")].join("\n");
      return { ...BLANK, ...common, description: withFolder(detail ?? "", task, isInFolder), tooltip, icon: ownIcon(task) ?? { id: "circle-outline", color: undefined }, contextValue: "task.idle" };
    }
    const node = this.#runNode(shown);
    const others = runs.filter((run) => run !== shown).reverse();
    const over = others.filter(({ state, survivors }) => state.kind === "ended" && survivors.length === 0);
    // What runs, and what something is left of, is never forgotten: its row is the only place where it can be stopped.
    const forgotten = new Set(over.slice(PAST_RUNS));
    const past = others.filter((run) => !forgotten.has(run)).map((run) => this.#pastNode(run));
    const own = isCalm(node) ? ownIcon(task) : undefined;
    return {
      ...node,
      ...common,
      isOfTask: true,
      // Nothing of this window that could be restarted: the task itself can be run.
      contextValue: node.contextValue === "run.lost" ? "task.lost" : node.contextValue,
      description: withFolder(node.description, task, isInFolder),
      tooltip: detail === undefined ? node.tooltip : `${node.tooltip}\n${detail}`,
      icon: own ?? node.icon,
      isOpen: node.children.length > 0 || shown.state.kind !== "ended",
      children: [...this.#usageNode(id, shown), ...node.children, ...past],
    };
  }

  /** In a row of its own, there from the start: one that is drawn anew every two seconds must have no button, nor make the one above it be drawn anew. */
  #usageNode(id: string, run: RunSnapshot): TreeNode[] {
    const usage = this.#input.usage.get(run.id);
    if (run.state.kind === "ended" || run.state.kind === "waiting") return [];
    const { now } = this.#input;
    const timeoutAt = nearTimeout(run, now);
    const seconds = Math.floor((now - run.startedAt) / 1000);
    const span = seconds < 1 ? "0 s" : formatDuration(seconds * 1000); // Counted in seconds from the start: never "0 ms".
    const left = timeoutAt === undefined ? undefined : secondsLeft(timeoutAt, now);
    const label = left === undefined ? l10n.t({ message: "for {0}", args: [span], comment: ["A row below a running task: for how long it has run."] }) : l10n.t({ message: "for {0}, timeout in {1} s", args: [span, left], comment: ["A row below a running task: for how long it has run."] });
    const running = left === undefined ? l10n.t("running for {0}", span) : l10n.t("running for {0}, timeout in {1} s", span, left);
    const description = usage === undefined ? "" : usageText(usage);
    const tooltip = [running, ...(usage === undefined ? [] : [usageTooltip(usage.processes, description)])].join("\n");
    return [{ ...BLANK, id: `${id}/usage`, runId: run.id, kind: "usage", label, description, tooltip, icon: { id: "pulse", color: undefined }, contextValue: "usage" }];
  }

  /** Another run of a task than the one that its row shows: an earlier one, or one that runs at the same time. */
  #pastNode(given: RunSnapshot): TreeNode {
    const run = harmlessData(given);
    const node = this.#runNode(run);
    if (run.state.kind !== "ended") return { ...node, isOfTask: true, label: l10n.t("another run"), role: l10n.t("run") };
    const { dateOf } = this.#input;
    const [outcome, ...rest] = endedTexts(run.state, run.startedAt);
    const at = new Date(dateOf(run.state.at)).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return { ...node, label: outcome, description: [...rest, at].join(", "), contextValue: run.survivors.some(isKillable) ? "past.survivors" : "past", role: l10n.t("earlier run") };
  }

  #runNode(run: RunSnapshot): TreeNode {
    return { ...runNode(run, this.#input.since(run), this.#input.dateOf), isOpen: true };
  }

  #live(key: string): RunSnapshot[] {
    return (this.#runs.get(key) ?? []).filter(({ state }) => state.kind !== "ended");
  }
}

function usageTooltip(processes: number, usage: string): string {
  return processes === 1
    ? l10n.t({ message: "{0} in 1 process", args: [usage], comment: ["{0}: such as '3 % CPU, 120 MB'."] })
    : l10n.t({ message: "{0} in {1} processes", args: [usage, processes], comment: ["{0}: such as '3 % CPU, 120 MB'."] });
}

const BLANK: TreeNode = { id: "", runId: undefined, pid: undefined, kind: "task", label: "", description: "", tooltip: "", icon: { id: "", color: undefined }, contextValue: "", children: [] };

/** Whether nothing is the matter, so that the task's own icon may stand for it. */
function isCalm({ contextValue, icon }: TreeNode): boolean {
  return contextValue === "run.running" || (contextValue === "run.ended" && ["pass", "circle-slash"].includes(icon.id));
}

function ownIcon({ icon: { id, color } }: ListedTask): NodeIcon | undefined {
  return id === undefined ? undefined : { id, color };
}

function withFolder(description: string, { folder }: ListedTask, isInFolder: boolean): string {
  return isInFolder || folder === undefined ? description : [description, harmlessData(folder)].filter((part) => part !== "").join(" · ");
}
