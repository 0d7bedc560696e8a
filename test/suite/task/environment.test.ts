import assert from "node:assert/strict";
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

  it("has all that the task sets itself", () => {
    assert.deepEqual(inherited({ SNAP: "/snap/code/1" }, { SNAP: "/own", GDK_PIXBUF_MODULE_FILE: "/own", APPIMAGE: "/own" }), { SNAP: "/own", GDK_PIXBUF_MODULE_FILE: "/own", APPIMAGE: "/own" });
  });
});
