import assert from "node:assert/strict";
import { variableIn } from "../../../src/taskRunner/base/variableNames";
import { taskEnvironment } from "../../../src/taskRunner/task/environment";

describe("The environment of a task", () => {
  const inherited = (base: Record<string, string | undefined>, own: Record<string, string> = {}): Record<string, string> => {
    const env = taskEnvironment({ NO_COLOR: "1", ...base }, own, "r");
    return Object.fromEntries(Object.entries(env).filter(([name]) => !["NO_COLOR", "CANCELLABLE_TASKS_RUN"].includes(name)));
  };

  it("has nothing that the editor has set for itself, as VS Code's own terminals have not", () => {
    assert.deepEqual(inherited({ A: "1", VSCODE_PID: "1", ELECTRON_RUN_AS_NODE: "1", VSCODE_PORTABLE: "/p", NONE: undefined }), { A: "1", VSCODE_PORTABLE: "/p" });
  });

  it("has nothing of a snap's, and what the user had before it", () => {
    const base = {
      ...{ SNAP: "/snap/code/1", SNAP_NAME: "code", SNAP_LIBRARY_PATH: "/x", SNAPPY: "kept", GDK_PIXBUF_MODULE_FILE: "/snap/x", GDK_PIXBUF_MODULEDIR: "/snap/y" },
      ...{ XDG_DATA_DIRS: "/snap/code/1/share:/usr/share", XDG_DATA_DIRS_VSCODE_SNAP_ORIG: "/usr/share", GTK_PATH: "/snap/code/1/gtk", GTK_PATH_VSCODE_SNAP_ORIG: "" },
      ...{ GDK_PIXBUF_MODULEDIR_VSCODE_SNAP_ORIG: "/usr/lib/gdk" },
    };
    assert.deepEqual(inherited(base), { SNAPPY: "kept", XDG_DATA_DIRS: "/usr/share" });
  });

  it("has what a launcher has kept from Electron", () => {
    assert.deepEqual(inherited({ VSCODE_NODE_OPTIONS: "--inspect", VSCODE_NODE_REPL_EXTERNAL_MODULE: "" }), { NODE_OPTIONS: "--inspect" });
  });

  it("has nothing of an AppImage's, and these names where they are the user's own", () => {
    assert.deepEqual(inherited({ APPIMAGE: "/x.AppImage", APPDIR: "/tmp/.mount", ARGV0: "./x", OWD: "/home", A: "1" }), { A: "1" });
    assert.deepEqual(inherited({ APPDIR: "/srv/app", OWD: "/home" }), { APPDIR: "/srv/app", OWD: "/home" });
  });

  for (const terminal of [undefined, { language: undefined, version: "1" }]) {
    it(`has each variable once on Windows, whatever the case of its name, ${terminal === undefined ? "on pipes" : "on a terminal"}`, () => {
      const base = { Path: "C:\\a", HTTP_PROXY: "http://x", Columns: "80", Kept: "1" };
      const own = { PATH: "C:\\b", http_proxy: null, No_Color: "1", cancellable_tasks_run: "other" };
      const env = taskEnvironment(base, own, "r", terminal, true);
      const [lower, upper] = [Object.keys(env).map((name) => name.toLowerCase()), ["PATH", "No_Color", "CANCELLABLE_TASKS_RUN", "Kept"].map((name) => env[name])];
      assert.deepEqual(upper, ["C:\\b", "1", "r", "1"]);
      assert.equal(new Set(lower).size, lower.length, lower.join());
      assert.ok(!lower.includes("http_proxy") && !lower.includes("force_color"), lower.join());
      assert.equal(lower.includes("columns"), terminal === undefined);
      const elsewhere = taskEnvironment(base, own, "r", terminal, false);
      assert.deepEqual([elsewhere["Path"], elsewhere["PATH"], elsewhere["HTTP_PROXY"]], ["C:\\a", "C:\\b", "http://x"]);
    });
  }

  it("finds a variable whatever the case of its name on Windows, and there alone", () => {
    assert.deepEqual([variableIn({ Path: "a" }, "PATH", true), variableIn({ Path: "a" }, "PATH", false), variableIn({}, "toString", true), variableIn({}, "toString", false)], ["a", undefined, undefined, undefined]);
  });

  it("has all that the task sets itself", () => {
    assert.deepEqual(inherited({ SNAP: "/snap/code/1" }, { SNAP: "/own", GDK_PIXBUF_MODULE_FILE: "/own", APPIMAGE: "/own" }), { SNAP: "/own", GDK_PIXBUF_MODULE_FILE: "/own", APPIMAGE: "/own" });
  });
});
