import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WindowsHelper } from "../../../src/taskRunner/process/win32/windowsHelper";

/**
 * Starts stand-ins for the helper for Windows that run anywhere, and ends each after its test.
 * @returns starts one; its `answer` is what it does with a request: statements with `request`, `tell` for the answer, and `event`
 */
export function useScriptedHelper(): (answer: string, limits?: ConstructorParameters<typeof WindowsHelper>[1]) => Promise<WindowsHelper> {
  let folder: string;
  let helper: WindowsHelper;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"))));
  afterEach(() => {
    helper.kill();
    rmSync(folder, { recursive: true });
  });
  return async (answer, limits) => {
    const script = join(folder, "helper.js");
    writeFileSync(script, `process.on("message", ({ id, request }) => { const event = (one) => process.send(one); const tell = (value) => event({ id, value }); if (request.op === "hello") tell(process.pid); else { ${answer} } }); process.on("disconnect", () => process.exit());`);
    helper = new WindowsHelper(script, limits);
    assert.equal(await helper.start(), undefined);
    return helper;
  };
}
