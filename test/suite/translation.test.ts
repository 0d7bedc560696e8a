import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import { noneText, pickedStateText, whichText } from "../../src/commandWords";
import type { RunProcess } from "../../src/taskRunner/process/runProcess";
import type { RunEvent, RunSnapshot, RunState, StopReason } from "../../src/taskRunner/run/state";
import { dependencyLine, dependentsLine, droppedLine, eventLines, followedEndLine, followedLine, inputCanceledLine, interruptedLine, keptText, matcherLine, refusedLine } from "../../src/taskRunner/run/words";
import { enoughRestartsLine } from "../../src/taskRunner/run/restartWords";
import { checkTasks } from "../../src/tasksJson/checkTasks";
import { completionsAt } from "../../src/tasksJson/completions";
import { hoverAt } from "../../src/tasksJson/hovers";
import { taskSnippets } from "../../src/tasksJson/snippets";
import { parseTasks } from "../../src/tasksJson/tasksDocument";
import { noticeOf, portsQuestion } from "../../src/views/notificationModel";
import { badge, type TreeNode } from "../../src/views/runsTreeModel";
import { statusText } from "../../src/views/statusBarModel";
import { treeNodes } from "../../src/views/taskTreeModel";
import { projectRoot } from "../vscode/projectRoot";
import { everyKind } from "./models/everyKind";
import { OTHER_WRONG_ENTRIES } from "./tasksJson/otherWrongEntries";
import { WRONG_ENTRIES } from "./tasksJson/wrongEntries";

type Bundle = Readonly<Record<string, string | { readonly message: string; readonly comment: readonly string[] }>>;

const file = readFileSync(join(projectRoot, "l10n", "bundle.l10n.json"), "utf8");

/** Every message in letters that are no ASCII; what stands in braces is filled in. */
function pseudo(bundle: Bundle): Record<string, string | { message: string; comment: string[] }> {
  const translate = (text: string): string => `⟦${text.replace(/\{\w+\}|[A-Za-z]/g, (found) => (found.length > 1 ? found : String.fromCodePoint((found.codePointAt(0) ?? 0) + 0xfee0)))}⟧`;
  return Object.fromEntries(Object.entries(bundle).map(([key, entry]) => [key, typeof entry === "string" ? translate(entry) : { message: translate(entry.message), comment: [...entry.comment] }]));
}

/** What is the same in every language: signals (and what stands for them on Windows), streams, units, addresses, names of properties and of pages, and what a problem matcher looks for. */
const SAME = /^not ready yet: |^ready |\bSIG[A-Z]+\d?\b|\bCtrl\+C\b|\bErrWaitDelay\b|\(docs: [a-z-]+\)|\bstd(?:in|out|err)\b|\b(?:ms|min|MB|root|waitDelay)\b|https?:\/\/\S+|\bCancellable Tasks: |\$\([\w~-]+\)|\b[AP]M\b/g;

function assertTranslated(texts: readonly string[], same: RegExp = SAME): void {
  assert.ok(texts.length > 0);
  for (const text of texts) assert.doesNotMatch(text.replaceAll(same, ""), /[A-Za-z]{2,}/, `not translated: ${text}`);
}

/** What others have written has no letters here. */
const { foreign, events, snapshots } = everyKind("4711");
const one: RunProcess = { ...foreign, pid: 44, stopped: false, evidence: ["group", "session", "marker", "pipe", "descriptor", "descent"], holds: ["terminal", "output on fd 9"], ports: [1, 2] };
const reasons: StopReason[] = [{ kind: "interrupted" }, { kind: "timeout", ms: 1 }, { kind: "terminalClosed" }, { kind: "windowClosing" }, { kind: "debuggingEnded" }, { kind: "restart" }, { kind: "outlived" }];

/** What else a property of an event may be; where an event has it, it is said with each of these too. */
const OTHERWISE: Readonly<Record<string, readonly unknown[]>> = {
  ...{ reason: reasons, waitDelay: [5000], leftMs: [2000], afterMs: [2000], limitMs: [1000], isOver: [true], problem: [undefined], toLeader: [false], isAsked: [false], previousPid: [undefined, 41], killAt: [9000] },
  ...{ group: [undefined, [one]], others: [[], [one]], refused: [[], [{ ...one, user: "4711" }]], asked: [[], [one]], deaf: [[one]], members: [[one]], holders: [[one], [{ ...one, owned: false }], [{ ...one, holds: [] }]] },
  ...{ survivors: [[one], [{ ...one, user: "4711" }]], ports: [[1], [1, 2]], conditions: [[], [{ kind: "port", port: 1 }, { kind: "port", port: 2 }], [{ kind: "http", url: "4711" }]] },
};

function variants(event: RunEvent): RunEvent[] {
  const isListening = event.kind === "listening";
  const changed: RunEvent[] = Object.entries(OTHERWISE).flatMap(([name, values]) => (name in event && !(isListening && name === "ports") ? values.map((value) => ({ ...event, [name]: value })) : []));
  return [event, ...changed];
}

/** What else a run may be doing. */
const moreStates: RunState[] = [
  { kind: "waiting", previousPid: 41 },
  { kind: "waiting", previousPid: undefined, restartAt: 2000 },
  { kind: "waiting", previousPid: undefined, held: events.flatMap((event) => (event.kind === "portsHeld" ? event.held : [])) },
  { kind: "stopping", reason: { kind: "user" }, since: 0, killAt: undefined, killed: false },
  { kind: "stopping", reason: { kind: "user" }, since: 0, killAt: 1, killed: true },
  ...[true, false].map((asked) => ({ kind: "draining", since: 0, until: undefined, exit: "0", asked }) as const),
  { kind: "draining", since: 0, until: 1, exit: "0", asked: true },
  { kind: "ended", at: 1, outcome: { kind: "signaled", signal: "SIGKILL", signalNumber: 9, stop: { kind: "user" } }, stopMs: 1200 },
  { kind: "ended", at: 1, outcome: { kind: "canceled", stop: { kind: "timeout", ms: 1 } } },
  { kind: "ended", at: 1, outcome: { kind: "exited", code: 3, stop: undefined } },
];
const allSnapshots = [...snapshots, ...moreStates.flatMap((state) => snapshots.slice(0, 1).map((snapshot) => ({ ...snapshot, state })))];

/** What of a row people read; the rest is for VS Code. */
function rowTexts({ label, description, tooltip, role, children }: TreeNode): string[] {
  return [label, description, tooltip, ...(role === undefined ? [] : [role]), ...children.flatMap(rowTexts)];
}

function rows(runs: readonly RunSnapshot[], taskKey: string | undefined): string[] {
  const task = { label: "4711", isCancellable: true, isHidden: false, detail: undefined, icon: { id: undefined, color: undefined }, dependsOn: [], isSequence: false, key: "1", scope: "s" };
  const group = { ...task, label: "4712", isCancellable: false, dependsOn: ["4711"], key: "2" };
  const usage = new Map(runs.map(({ id }, i) => [id, { cpuPercent: 3, memoryBytes: 5e6, processes: i % 2 }]));
  return treeNodes({ tasks: [task, group], runs: runs.map((snapshot) => ({ snapshot, taskKey })), usage, byFolder: true, now: 0, since: () => 0, dateOf: (time) => time }).flatMap(rowTexts);
}

describe("The messages for translators", () => {
  it("are those that are in src now: npm run l10n writes them", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot, "scripts", "l10n.mjs"), "--print"], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.ok(file === stdout, "l10n/bundle.l10n.json is not what src has: run npm run l10n");
  });

  describe("when all of them are translated", () => {
    before(() => l10n.config({ contents: pseudo(JSON.parse(file) as Bundle) }));
    after(() => l10n.config({ contents: {} }));

    for (const event of events) {
      it(`leave no English in the terminal's lines of ${event.kind}${event.kind === "ended" ? `, ${event.outcome.kind}` : ""}`, () => {
        const lines = variants(event).flatMap(eventLines).filter((line) => line !== "4711");
        if (event.kind !== "cancelCommandEnded") assert.ok(lines.length > 0);
        assertTranslated(lines);
      });
    }

    it("leave no English in the other lines of a terminal", () => {
      const policy = { on: "failure", within: 1000 } as const;
      assertTranslated([dependencyLine("1"), dependentsLine(["1"]), dependentsLine(["1", "2"]), droppedLine(1e6), followedEndLine(), followedLine("1", "", 0), followedLine("1", "2", 3), inputCanceledLine("1"), interruptedLine(), matcherLine("1"), refusedLine("1"), enoughRestartsLine({ ...policy, max: 1 }), enoughRestartsLine({ ...policy, max: 2 })]);
    });

    for (const snapshot of allSnapshots) {
      const name = snapshot.state.kind === "ended" ? snapshot.state.outcome.kind : snapshot.state.kind;
      const missed = { kind: "missed", missing: [] } as const;
      const others: RunSnapshot[] = [snapshot, { ...snapshot, survivors: [one] }, { ...snapshot, window: "" }, { ...snapshot, folder: "4711", waitDelay: 1 }, { ...snapshot, timeoutAt: 1000, pid: undefined, ready: missed }].map((run, i) => ({ ...run, id: String(i) }));

      it(`leave no English in the tree, the status bar and the notifications of a run that is ${name}`, () => {
        for (const run of others) assertTranslated([...rows([run], undefined), ...rows([run], "1")]);
        assertTranslated(rows(others, "1"));
        for (const run of others) {
          const status = statusText([run], 0, new Set(), (time) => time);
          assertTranslated([status?.text ?? "", status?.label ?? "", status?.tooltip ?? "", badge([run])?.tooltip ?? "", badge(others)?.tooltip ?? ""]);
        }
        for (const matter of ["held", "survivors", "orphans", "failed"] as const) {
          for (const runs of [others.slice(0, 1), others.slice(1, 2), others]) {
            const { message, links, dismiss } = noticeOf(matter, runs);
            assertTranslated([message, ...links.map(({ title }) => title), dismiss]);
          }
        }
        assertTranslated([keptText([snapshot]), keptText(others), keptText(others.slice(1, 2)), pickedStateText(snapshot)]);
      });
    }

    it("leave no English in questions", () => {
      for (const event of events) {
        if (event.kind !== "portsHeld") continue;
        for (const held of [event.held, event.held.slice(0, 1)]) {
          const { message, choices, dismiss } = portsQuestion("4711", held);
          assertTranslated([message, ...choices.map(({ title }) => title), dismiss]);
        }
      }
      for (const deed of ["stop", "kill", "stopWaiting", "free", "restart", "reveal", "openInBrowser"] as const) assertTranslated([whichText(deed), noneText(deed)]);
    });

    it("leave no English in the diagnostics of tasks.json", () => {
      for (const [marked] of [...WRONG_ENTRIES, ...OTHER_WRONG_ENTRIES]) {
        const entry = marked.replace(/[«»]/g, "");
        const text = entry.startsWith("*") ? entry.slice(1) : `{ "version": "2.0.0", "tasks": [${entry}] }`;
        const problems = checkTasks(parseTasks(text, false), new Set());
        // Quoted are parts of the file, and what to write into it; what is wrong with a regular expression is said by JavaScript.
        for (const { message, fixes } of problems) assertTranslated([message, ...fixes.map(({ title }) => title)], /"(?:[^"\\]|\\.)*"?|\$\{[^{}]*\}|\b(?:true|false|null|undefined|unterminated group|nothing to repeat)\b/g);
      }
    });

    it("leave no English in what is offered and shown while tasks.json is typed", () => {
      const offered = ['{ "tasks": [|] }', '{ "tasks": [{ | }] }', '{ "tasks": [{ "type": "|" }] }'].flatMap((marked) => completionsAt(parseTasks(marked.replace("|", ""), false), marked.indexOf("|")));
      assert.ok(offered.length > 5);
      assertTranslated([...offered.map(({ detail }) => detail), ...taskSnippets().map(({ title }) => title)]);
      const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "none"].map((signal) => `"cancelSignal": "${signal}"`);
      const properties = [...signals, '"waitDelay": 0', '"waitDelay": "5s"', '"timeout": 0', '"timeout": "2h"', '"restart": { "on": "failure", "within": "1m" }'];
      for (const property of properties) {
        const text = `{ "tasks": [{ "type": "cancellable", "command": "a", ${property} }] }`;
        const at = text.lastIndexOf(":") + 2;
        for (const source of ["default", "user", "workspace", "folder"] as const) {
          const hover = hoverAt(parseTasks(text, false), at, () => ({ value: "5s", source }));
          assert.ok(hover !== undefined, property);
          // In backquotes are parts of the file, and names.
          assertTranslated([hover.markdown], /`[^`]*`|\b(?:ms|min)\b/g);
        }
      }
    });
  });
});
