// What VS Code calls, inside the extension host, to run the tests: `run()`.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";

import Mocha from "mocha";
import { version } from "vscode";

import { grepVariable, outputMark } from "../results";

/**
 * Neither VS Code's Node nor its busy extension host makes a difference to these, and plain Node runs them: data in, data out, and
 * what is done by another program than the extension host (a shell, an editor that is killed).
 */
const ELSEWHERE = /^(?:base|models|realPrograms|task|tasksJson)[\\/]|^recovery[\\/](?:deadEditor|deadEditorContained|watchdogScript)\.test/;

/** The oldest VS Code has the Node that the tests have outside of it: there its API makes the difference, and that Node is the one of its host. */
const OF_THE_OLDEST = /^(?:exec|remote|terminal|vscode)[\\/]/;

function testFiles(): string[] {
  const isOldest = version.startsWith("1.100.");
  return readdirSync(__dirname, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.js") && !ELSEWHERE.test(file) && (!isOldest || OF_THE_OLDEST.test(file)))
    .sort()
    .map((file) => join(__dirname, file));
}

/** Runs the tests under test/suite; throws when one failed. The counts go to a file: see test/reporter.ts. */
export async function run(): Promise<void> {
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => {
    console.log(format(...args).replace(/^/gm, outputMark));
  };
  const grep = process.env[grepVariable];
  const mocha = new Mocha({
    ui: "bdd",
    timeout: 20_000,
    color: process.env["FORCE_COLOR"] === "1",
    reporter: join(__dirname, "..", "reporter.js"),
    ...(grep === undefined ? {} : { grep }),
  });
  for (const file of testFiles()) {
    mocha.addFile(file);
  }
  const failures = await new Promise<number>((resolve) => {
    mocha.run(resolve);
  });
  if (failures > 0) {
    throw new Error(`${failures} of the tests failed.`);
  }
}
