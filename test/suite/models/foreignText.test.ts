// What others have written, in all places where it is shown.
import assert from "node:assert/strict";
import { createApi } from "../../../src/api";
import { plainRun } from "../../../src/plainRun";
import { systemClock } from "../../../src/taskRunner/base/clock";
import { thisTable } from "../../../src/taskRunner/process/system";
import { OrphanedRun } from "../../../src/taskRunner/run/orphanedRun";
import { TaskRuns } from "../../../src/taskRunner/run/taskRuns";
import { eventLines, refusedLine, dependencyLine } from "../../../src/taskRunner/run/words";
import { noticeOf, portsQuestion, questionText, withLinks } from "../../../src/views/notificationModel";
import { messageText, pickText } from "../../../src/views/plainText";
import { badge } from "../../../src/views/runsTreeModel";
import { treeNodes } from "../../../src/views/taskTreeModel";
import { statusText } from "../../../src/views/statusBarModel";
import { everyKind } from "./everyKind";
import { runNodes } from "./runNodes";
import { RunUnderTest } from "../run/startedRun";

/** Whatever harms somewhere, at the start, so that shortening does not save us, and a link. */
const HOSTILE = "\x1b]0;owned\x07\x9b31m\u202e\u2066\u200f\u061c\u200b\ufeff\r\n\u2028\0\x7f[x](command:evil) [y](https://z)";
const HARMFUL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\ufeff]/u;
/** As VS Code finds links in a message (vs/base/common/linkedText.ts). */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;

const { foreign: evil, processes, events, snapshots } = everyKind(HOSTILE);

/** Every text in plain data, with the way to it. */
function texts(data: unknown, path = ""): [string, string][] {
  if (typeof data === "string") return [[path, data]];
  return typeof data === "object" && data !== null ? Object.entries(data).flatMap(([name, value]) => texts(value, `${path}.${name}`)) : [];
}

function assertHarmless(data: unknown): void {
  const all = texts(data);
  assert.ok(all.length > 0);
  for (const [path, text] of all) {
    // The lines of a tooltip are ours.
    const lines = path.endsWith(".tooltip") ? text.split("\n") : [text];
    for (const line of lines) assert.doesNotMatch(line, HARMFUL, path);
    assert.ok(lines.length < 12, path);
  }
}

describe("Foreign text is harmless", () => {
  afterEach(() => RunUnderTest.cleanUp());

  for (const event of events) {
    it(`in the terminal's lines of ${event.kind}${event.kind === "ended" ? `, ${event.outcome.kind}` : ""}`, () => assertHarmless([...eventLines(event), refusedLine(HOSTILE), dependencyLine(HOSTILE)]));
  }

  for (const snapshot of snapshots) {
    const name = snapshot.state.kind === "ended" ? snapshot.state.outcome.kind : snapshot.state.kind;
    it(`in the tree and the status bar of a run that is ${name}`, () => {
      assertHarmless(runNodes([snapshot], 0, (time) => time));
      const status = statusText([snapshot, { ...snapshot, id: "s" }], 0, new Set(), (time) => time);
      assertHarmless([status, badge([snapshot]), "none"]);
    });
  }

  it("in the tree's rows of tasks, groups and folders", () => {
    const task = { label: HOSTILE, isCancellable: true, isHidden: false, detail: HOSTILE, icon: { id: undefined, color: undefined }, dependsOn: [], isSequence: false, key: "1", scope: "s", folder: HOSTILE };
    const group = { ...task, label: "group", isCancellable: false, isHidden: false, dependsOn: [HOSTILE], key: "2" };
    for (const byFolder of [true, false]) {
      for (const runs of [[], snapshots.map((snapshot) => ({ snapshot, taskKey: "1" }))]) {
        const nodes = treeNodes({ tasks: [task, group], runs, usage: new Map(), byFolder, now: 0, since: () => 0, dateOf: (time) => time });
        assertHarmless(JSON.parse(JSON.stringify(nodes, (name, value: unknown) => (["id", "taskKey"].includes(name) ? undefined : value))));
      }
    }
  });

  it("in a tooltip, where it can add no line of its own", () => {
    const [plain, hostile] = ["dev", HOSTILE].map((label) => runNodes([{ ...(snapshots[1] ?? assert.fail()), label }], 0, (time) => time)[0]?.tooltip);
    assert.equal(hostile?.split("\n").length, plain?.split("\n").length);
  });

  it("in notifications, where none of it becomes the label of one of our links", () => {
    const label = "dev] [a [b";
    const notices = snapshots.flatMap((run) => (["held", "survivors", "orphans", "failed"] as const).map((matter) => noticeOf(matter, [{ ...run, label }])));
    const question = portsQuestion(label, [{ port: 1, process: undefined, user: label, runId: undefined, isEditor: false, owner: undefined }]);
    const shown: [string, string[]][] = [...notices.map((notice): [string, string[]] => [withLinks(notice), notice.links.map(({ title }) => title)]), [questionText(question, 1), question.choices.map(({ title }) => title)]];
    for (const [text, titles] of shown) assert.deepEqual(Array.from(text.matchAll(LINK), ([, title]) => title), titles, text);
    assert.equal(messageText(label), "dev] (a (b");
  });

  it("in notifications, where none of it becomes a link", () => {
    const shown = snapshots.flatMap((run) => (["held", "survivors", "orphans", "failed"] as const).flatMap((matter) => [noticeOf(matter, [run]), noticeOf(matter, [run, { ...run, folder: HOSTILE }])]));
    assert.ok(shown.length > 20);
    assertHarmless(shown);
    for (const { message } of shown) assert.doesNotMatch(message, LINK);
    assert.match(HOSTILE, LINK);
    assert.equal(messageText("[x](command:y) a[0](b)\n"), "[x] (command:y) a[0] (b) ");
  });

  it("in a quick pick, where VS Code draws no icon of it", () => {
    /** As VS Code does (vs/base/browser/ui/iconLabel/iconLabels.ts). */
    const drawn = (label: string): string => label.replace(/(\\)?\$\(([A-Za-z0-9-]+(?:~[A-Za-z]+)?)\)/g, (_all, escaped: string | undefined, icon: string) => (escaped === undefined ? "ICON" : `$(${icon})`));
    for (const text of ["echo $(date) $(trash~spin)", "\\$(date)", "$(ls -l) $(", "$ (x)"]) assert.equal(drawn(pickText(text)), text);
    assertHarmless([pickText(HOSTILE)]);
  });

  it("in what is seen of a run, here and by other extensions", () => {
    const runs = new TaskRuns();
    const entry = { version: 2, id: "ab", label: HOSTILE, commandLine: HOSTILE, startedAt: 1, since: 1, marker: "X=ab", leader: evil, survivors: processes, folder: HOSTILE, host: { machine: "", boot: "", namespace: "", pid: 2, start: 1 } } as const;
    const orphaned = new OrphanedRun(entry, processes, () => Promise.resolve([]), thisTable, systemClock);
    runs.add(orphaned);
    assertHarmless(orphaned.snapshot());
    assertHarmless(createApi(runs, () => plainRun).runs());
    orphaned.dispose();
  });

  it("when real processes have it in their command lines", async function () {
    if (process.platform === "win32") this.skip();
    const name = String.raw`$(printf '\033]0;owned\007\302\23331m\342\200\256[x](command:evil)')`;
    const test = new RunUnderTest({ command: `bash -c 'exec -a "$0" sleep 60' "${name}" & exit 0`, waitDelay: 100, survivors: "warn" }).start();
    await test.run.ended;
    const lines = test.events.flatMap(eventLines);
    assertHarmless([lines, test.run.snapshot()]);
    assert.ok(lines.some((line) => line.includes(String.raw`\x1b]0;owned\x07\x9b31m\u202e[x](command:evil)`)), lines.join("\n"));
    assert.deepEqual(runNodes([test.run.snapshot()], 0, (time) => time)[0]?.children.map(({ label }) => label).at(-1), String.raw`\x1b]0;owned\x07\x9b31m\u202e[x](command:evil) 60`);
  });
});
