import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json";
import texts from "../../package.nls.json";
import { projectRoot } from "../vscode/projectRoot";
import { COMMANDS, EXTENSION_ID, SETTINGS, TASK_TYPE, TASKS_JSON_COMMANDS, VIEW_RUNS } from "../../src/contributions";

const { contributes } = manifest;
const declared = contributes.commands.map(({ command }) => command).sort();

describe("contributions.ts and package.json", () => {
  it("name the same commands", () => {
    assert.deepEqual(declared, [...Object.values(COMMANDS), ...Object.values(TASKS_JSON_COMMANDS)].sort());
  });

  it("name the same settings", () => {
    assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), Object.values(SETTINGS).sort());
  });

  it("name the same task type, view and extension", () => {
    assert.equal(EXTENSION_ID, `${manifest.publisher}.${manifest.name}`);
    assert.deepEqual(contributes.taskDefinitions.map(({ type }) => type), [TASK_TYPE]);
    assert.deepEqual(contributes.views.cancellableTasks.map(({ id }) => id), [VIEW_RUNS]);
  });

  it("show only commands that there are in menus, each with a title", () => {
    const inMenus = Object.values(contributes.menus).flat().map(({ command }) => command);
    assert.deepEqual(inMenus.filter((command) => !declared.includes(command)), []);
    for (const { title, category } of contributes.commands) assert.ok(title !== "" && category === "%category%");
  });

  it("have only settings that the settings editor can show: of one type each", () => {
    for (const [name, { type }] of Object.entries<{ type: unknown }>(contributes.configuration.properties)) assert.equal(typeof type, "string", name);
  });

  it("require no property within a property, or completion would offer none of them in an empty object", () => {
    assert.doesNotMatch(JSON.stringify(contributes.taskDefinitions[0]?.properties), /"required"/);
  });

  it("have every text in package.nls.json, where it can be translated, and no other there", () => {
    const json = JSON.stringify(manifest);
    const keys = [...json.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key ?? "");
    assert.deepEqual([...new Set(keys)].sort(), Object.keys(texts).sort());
    assert.deepEqual([...json.matchAll(/"(?:title|category|description|markdownDescription|contents)":"(?!%)[^"]*"/g)].map(([found]) => found), []);
  });

  it("have buttons in the walkthrough and the welcome view only for commands that there are, and pictures that there are", () => {
    const shown = Object.entries(texts).filter(([key]) => /^(walkthrough|welcome)\b/.test(key)).flatMap(([, text]) => [...text.matchAll(/\(command:([\w.]+)/g)].map(([, command]) => command ?? ""));
    assert.deepEqual(shown.filter((command) => !command.startsWith("workbench.") && !declared.includes(command)), []);
    const steps = contributes.walkthroughs.flatMap(({ steps }) => steps);
    for (const { media } of steps) assert.ok(existsSync(join(projectRoot, media.svg)), media.svg);
    const events = steps.flatMap(({ completionEvents }) => completionEvents).filter((event) => event.startsWith("onCommand:cancellableTasks"));
    assert.deepEqual(events.filter((event) => !declared.includes(event.slice("onCommand:".length))), []);
  });

  it("use no proposed API", () => {
    assert.equal("enabledApiProposals" in manifest, false);
  });
});
