// What VS Code calls, inside the extension host, to run the tests: `run()`.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";

import Mocha from "mocha";

import { grepVariable, outputMark } from "../results";

/** Data in, data out: neither VS Code's Node nor its busy extension host makes a difference to these. Plain Node runs them. */
const PURE = /^(base|models|realPrograms|task|tasksJson)[\\/]/;

function testFiles(): string[] {
  return readdirSync(__dirname, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.js") && !PURE.test(file))
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
