import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { docs, DOCS_PAGES, docsLinks } from "../../../src/taskRunner/run/docsPages";
import { projectRoot } from "../../vscode/projectRoot";

describe("The pages that the terminal's lines name", () => {
  it("are there, and are in the package", function () {
    const root = projectRoot;
    for (const page of DOCS_PAGES) assert.ok(existsSync(join(root, "docs", `${page}.md`)), page);
    assert.match(readFileSync(join(root, ".vscodeignore"), "utf8"), /^!docs\/\*\.md$/m);
  });

  it("are links where a line of ours ends with one, at its place", () => {
    const line = `▲ output is still held ${docs("heldOutput")}`;
    const [link] = docsLinks(line);
    assert.deepEqual([link?.page, line.slice(link?.start, (link?.start ?? 0) + (link?.length ?? 0))], ["held-output", "docs: held-output"]);
    assert.equal(docsLinks(`● still running ${docs("survivors")}   `)[0]?.page, "survivors");
  });

  it("are no links in a program's line, nor where there is no such page", () => {
    for (const line of ["see (docs: held-output)", "▲ see (docs: ../../etc)", "▲ see (docs: other)", "▲ (docs: signals) and more"]) assert.deepEqual(docsLinks(line), []);
  });
});
