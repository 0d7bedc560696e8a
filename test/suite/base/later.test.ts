import assert from "node:assert/strict";
import { Later } from "../../../src/taskRunner/base/later";

function setUp(results: readonly (string | Error)[]): { later: Later<{ name: string; dispose: () => void }>; made: string[]; disposed: string[] } {
  const made: string[] = [];
  const disposed: string[] = [];
  const rest = [...results];
  const later = new Later(async () => {
    await Promise.resolve();
    const result = rest.shift() ?? assert.fail("made too often");
    made.push(String(result));
    if (result instanceof Error) throw result;
    return { name: result, dispose: () => void disposed.push(result) };
  });
  return { later, made, disposed };
}

describe("What is made later", () => {
  it("is made when it is wanted, once, and is there from then on", async () => {
    const { later, made, disposed } = setUp(["a"]);
    assert.deepEqual([later.now, made], [undefined, []]);
    const [one, two] = await Promise.all([later.get(), later.get()]);
    assert.equal(one, two);
    assert.deepEqual([later.now?.name, (await later.get()).name, made], ["a", "a", ["a"]]);
    later.dispose();
    assert.deepEqual(disposed, ["a"]);
  });

  it("is tried again when it could not be made", async () => {
    const { later } = setUp([new Error("no such file"), "a"]);
    await assert.rejects(later.get(), /no such file/);
    assert.equal(later.now, undefined);
    assert.equal((await later.get()).name, "a");
  });

  it("is left alone by who can do without, when it cannot be made", async () => {
    const { later, made } = setUp([new Error("no such file"), "a"]);
    const used: string[] = [];
    later.use(({ name }) => used.push(name));
    await assert.rejects(later.get());
    assert.deepEqual([made.length, used], [1, []]);
    later.use(({ name }) => used.push(name));
    await later.get();
    assert.deepEqual(used, ["a"]);
  });

  it("is disposed also when that is asked while it is made", async () => {
    const { later, disposed } = setUp(["a"]);
    const making = later.get();
    later.dispose();
    await making;
    assert.deepEqual(disposed, ["a"]);
  });
});
