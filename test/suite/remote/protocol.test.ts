import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { Endpoints, makeFolder } from "../../../src/taskRunner/remote/endpoint";
import { Lines } from "../../../src/taskRunner/remote/lines";
import { idOf, parseMessage, parseRequest, parseResult, type RemoteRunInfo } from "../../../src/taskRunner/remote/protocol";
import { OutputTail, TAIL_BYTES } from "../../../src/taskRunner/run/outputTail";

const run: RemoteRunInfo = { id: "ab", label: "server", commandLine: "npm start", pid: 42, startedAt: 1, state: { kind: "running" }, waitDelay: 5000 };
const states = [
  { kind: "waiting" },
  { kind: "running" },
  { kind: "stopping", since: 1, killAt: 2, killed: false },
  { kind: "stopping", since: 1, killed: true },
  { kind: "draining", since: 1, until: 2, asked: true },
  { kind: "draining", since: 1, asked: false },
];
const types = ["hello", "list", "stop", "kill", "tail", "subscribe"] as const;

describe("The protocol", () => {
  it("takes every request that it knows", () => {
    const requests = [{ id: 1, type: "hello", version: 1, token: "t" }, { id: 2, type: "list" }, { id: 3, type: "stop", run: "ab" }, { id: 4, type: "kill", run: "ab" }, { id: 5, type: "tail", run: "ab" }, { id: 6, type: "subscribe" }, { id: 7, type: "subscribe", run: "ab" }];
    for (const request of requests) assert.deepEqual(parseRequest(JSON.stringify(request)), request);
  });

  it("says of every other line what is wrong, and never throws", () => {
    const almost = fc.record({ id: fc.jsonValue(), type: fc.oneof(fc.constantFrom<unknown>(...types), fc.jsonValue()), run: fc.jsonValue(), version: fc.jsonValue(), token: fc.jsonValue() }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), almost.map((value) => JSON.stringify(value))), (line) => {
        const request = parseRequest(line);
        assert.ok(Number.isSafeInteger(idOf(line)));
        if (typeof request === "string") assert.match(request, /\.$/);
        else assert.ok(types.includes(request.type) && Number.isSafeInteger(request.id));
      }),
    );
  });

  it("takes of an answer or an event only what has the form that was agreed on", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.jsonValue().map((value) => JSON.stringify({ event: "runs", runs: [value] }))), (line) => {
        const message = parseMessage(line);
        if (message !== undefined && "event" in message && message.event === "runs") for (const one of message.runs) assert.equal(typeof one.label, "string");
      }),
    );
    for (const type of types) fc.assert(fc.property(fc.jsonValue(), (result) => void parseResult(type, result)));
  });

  it("reads a run in each of its states, and none in another", () => {
    for (const state of states) {
      assert.deepEqual(parseMessage(JSON.stringify({ event: "runs", runs: [{ ...run, state }] })), { event: "runs", runs: [{ ...run, state }] });
      for (const change of [{ pid: "1" }, { label: 1 }, { startedAt: -1 }, { waitDelay: null }, { state: { ...state, kind: "ended" } }, { state: { kind: "stopping", since: "now", killed: true } }]) {
        assert.equal(parseMessage(JSON.stringify({ event: "runs", runs: [{ ...run, state, ...change }] })), undefined);
      }
    }
  });

  it("has its messages in lines, however they are cut, and none without an end", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", " "))), fc.integer({ min: 1, max: 7 }), (texts, size) => {
        const lines = new Lines(1000);
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
        const found: string[] = [];
        for (let at = 0; at < bytes.length; at += size) found.push(...(lines.push(bytes.subarray(at, at + size)) ?? assert.fail("too long")));
        assert.deepEqual(found, texts);
      }),
    );
    const lines = new Lines(10);
    assert.deepEqual(lines.push(Buffer.from("1234567890\n12345")), ["1234567890"]);
    assert.equal(lines.push(Buffer.from("678901")), undefined);
  });

  it("has its socket where its path is short enough, and in no folder of others", async function () {
    if (process.platform === "win32") this.skip();
    const host = { pid: 4194304, start: 12345678901 };
    assert.equal(new Endpoints("/home/ada/storage/sockets").of(host).path, "/home/ada/storage/sockets/4194304-12345678901.sock");
    const long = new Endpoints(`/home/${"a".repeat(100)}`).of(host);
    assert.ok(Buffer.byteLength(long.path) <= 103);
    assert.match(long.path, /\/cancellable-tasks-\d+\/4194304-12345678901\.sock$/);
    assert.notEqual(new Endpoints("/a").of(host).token, new Endpoints("/a").of(host).token);
    const folder = mkdtempSync(join(tmpdir(), "cancellable-tasks-test-"));
    try {
      await makeFolder(join(folder, "sockets", "1-1.sock"));
      await assert.rejects(makeFolder("/tmp/1-1.sock"));
      // Node 20 would cut the path off, and listen there.
      await assert.rejects(makeFolder(join(folder, "a".repeat(100), "1-1.sock")), /too long/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("The short path of a socket", () => {
  const given = process.env["XDG_RUNTIME_DIR"];

  afterEach(() => {
    if (given === undefined) delete process.env["XDG_RUNTIME_DIR"];
    else process.env["XDG_RUNTIME_DIR"] = given;
  });

  it("is in XDG_RUNTIME_DIR only where that is an absolute path", function () {
    if (process.platform === "win32") this.skip();
    const folderOf = (value: string): string => {
      process.env["XDG_RUNTIME_DIR"] = value;
      return dirname(dirname(new Endpoints(`/home/${"a".repeat(100)}`).of({ pid: 42, start: 7 }).path));
    };
    assert.deepEqual(["/run/user/1000", "", "run"].map(folderOf), ["/run/user/1000", tmpdir(), tmpdir()]);
  });
});

describe("The end of a run's output", () => {
  it("is what was written last, however it was written, and all of it goes on to the terminal", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 8 }), (lengths) => {
        let passed = 0;
        const tail = new OutputTail({ write: (chunk) => void (passed += chunk.length) });
        const buffer = Buffer.alloc(90_000);
        let all = Buffer.alloc(0);
        lengths.forEach((length, i) => {
          // The memory is used again, as a reader does.
          const chunk = buffer.fill(97 + i).subarray(0, length);
          all = Buffer.concat([all, chunk]);
          void tail.write(chunk);
        });
        const { bytes, skipped } = tail.tail();
        assert.equal(passed, all.length);
        assert.ok(Buffer.from(bytes).equals(all.subarray(Math.max(0, all.length - TAIL_BYTES))));
        assert.equal(skipped, Math.max(0, all.length - TAIL_BYTES));
      }),
      { numRuns: 30 },
    );
  });
});
