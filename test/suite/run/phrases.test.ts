import assert from "node:assert/strict";
import { shortenCommand, withoutFolder } from "../../../src/taskRunner/run/phrases";

describe("A command line that people read", () => {
  it("is left alone as long as it is short", () => {
    assert.equal(shortenCommand("/usr/bin/node server.js", 60), "/usr/bin/node server.js");
  });

  it("loses the folder of its program before anything else", () => {
    const folder = "/home/ada/.nvm/versions/node/v20.20.2/bin";
    assert.equal(shortenCommand(`${folder}/node node_modules/.bin/vite --port 3000`, 60), "node node_modules/.bin/vite --port 3000");
    assert.equal(shortenCommand('"C:\\Program Files\\nodejs\\node.exe" C:\\Users\\ada\\site\\server.cjs 8141', 60), "node.exe C:\\Users\\ada\\site\\server.cjs 8141");
    assert.equal(shortenCommand('"C:\\Program Files\\Some Vendor\\the tool.exe" --with "an argument" 1', 50), '"the tool.exe" --with "an argument" 1');
  });

  it("is cut at its end where that is not enough", () => {
    assert.equal(shortenCommand(`/a/long/folder/node ${"x".repeat(80)}`, 20), `node ${"x".repeat(14)}…`);
    assert.equal(shortenCommand("y".repeat(80), 20), `${"y".repeat(19)}…`);
  });

  it("keeps a name that is not the path of a program, whatever is in it", () => {
    const name = String.raw`\x1b]0;owned\x07\x9b31m\u202e[name](command:evil) 600`;
    assert.equal(shortenCommand(name, 30), `${name.slice(0, 29)}…`);
    assert.equal(withoutFolder("sshd: ada@pts/0"), "sshd: ada@pts/0");
    assert.equal(withoutFolder("http://a/b c"), "http://a/b c");
    assert.equal(withoutFolder(String.raw`"a\b" c`), String.raw`"a\b" c`);
  });

  it("keeps the folders in its arguments", () => {
    assert.equal(withoutFolder("/bin/sh /etc/init.d/x /tmp/"), "sh /etc/init.d/x /tmp/");
    assert.equal(withoutFolder("sh /etc/x"), "sh /etc/x");
    assert.equal(withoutFolder("/"), "/");
    assert.equal(withoutFolder(""), "");
    assert.equal(withoutFolder('say "a/b" c'), 'say "a/b" c');
  });
});
