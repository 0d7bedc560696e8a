import assert from "node:assert/strict";
import { TerminalMap } from "../../../src/taskRunner/terminal/terminalMap";

const nameOf = (terminal: string): string => terminal.replace(/\d+$/, "");

/** Where a run is, with these terminals open; their names are "web1", "web2" and so on. */
function where(map: TerminalMap<string>, runId: string, ...open: string[]): string {
  const found = map.whereIs(runId, open, nameOf);
  return found.kind === "shown" ? found.terminal : found.kind;
}

describe("the map of terminals", () => {
  let map: TerminalMap<string>;
  beforeEach(() => {
    map = new TerminalMap<string>();
    map.opened("first", "web");
  });

  it("does not know a terminal before it is proved", () => {
    assert.equal(map.runIn("web1"), undefined);
    assert.deepEqual(map.unknown(), ["first"]);
    map.identified("first", "web1");
    assert.equal(map.runIn("web1"), "first");
    assert.deepEqual(map.unknown(), []);
  });

  it("keeps the terminal of a run that has ended by itself for Reveal only", () => {
    map.identified("first", "web1");
    map.ended("first");
    assert.equal(map.runIn("web1"), undefined);
    assert.equal(where(map, "first", "web1"), "web1");
    assert.deepEqual(map.unknown(), []);
  });

  it("knows nothing of a terminal that is used again until its new run is proved", () => {
    map.identified("first", "web1");
    map.closed("first");
    map.opened("second", "web");
    assert.equal(map.runIn("web1"), undefined);
    assert.equal(where(map, "first", "web1"), "closed");
    map.identified("second", "web1");
    assert.deepEqual([map.runIn("web1"), where(map, "second", "web1")], ["second", "web1"]);
  });

  it("tells that a terminal shows a later run, and that it was closed, only where it was known", () => {
    map.identified("first", "web1");
    map.ended("first");
    map.opened("second", "web");
    map.identified("second", "web1");
    assert.equal(where(map, "first", "web1"), "replaced");
    map.terminalClosed("web1", "web");
    assert.equal(where(map, "second"), "closed");
    map.opened("third", "web");
    map.closed("third");
    assert.equal(where(map, "third"), "unknown");
  });

  it("takes no proof for a run that has left its terminal", () => {
    map.closed("first");
    map.identified("first", "web1");
    assert.equal(map.runIn("web1"), undefined);
  });

  describe("goes by the name of a run that was over before it was found", () => {
    it("where there is one such terminal", () => {
      map.ended("first");
      assert.equal(where(map, "first", "bash1", "web1"), "web1");
      assert.equal(where(map, "first", "bash1", "web1", "web2"), "unknown");
      assert.equal(where(map, "first", "bash1"), "unknown");
    });

    it("also where that has shown an earlier run of the task", () => {
      map.identified("first", "web1");
      map.ended("first");
      map.opened("second", "web");
      map.ended("second");
      assert.equal(where(map, "second", "web1"), "web1");
    });

    it("but not where that shows another one, a later one or a live one", () => {
      map.ended("first");
      map.opened("later", "web");
      assert.equal(where(map, "first", "web1"), "unknown");
      map.identified("later", "web1");
      assert.equal(where(map, "first", "web1"), "unknown");
      map.ended("later");
      assert.equal(where(map, "first", "web1"), "unknown");
    });

    it("but not after one of that name was closed", () => {
      map.ended("first");
      map.terminalClosed("web1", "web");
      assert.equal(where(map, "first", "web2"), "unknown");
    });
  });

  it("forgets the runs that are no longer listed", () => {
    map.identified("first", "web1");
    map.keepOnly(() => false);
    assert.equal(map.runIn("web1"), undefined);
  });
});
