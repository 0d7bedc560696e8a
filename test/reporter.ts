import { writeFileSync } from "node:fs";

import Mocha from "mocha";

import { resultsVariable, type Failure, type Results } from "./results";

/** Mocha's spec reporter, which also writes the counts to the file that scripts/test.mjs has named. */
class CountingReporter extends Mocha.reporters.Spec {
  public constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const failures: Failure[] = [];
    runner.on("fail", (test, error: unknown) => {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failures.push({ title: test.fullTitle(), message });
    });
    runner.once("end", () => {
      const path = process.env[resultsVariable];
      if (path !== undefined) {
        const results: Results = { passed: this.stats.passes, failed: failures.length, pending: this.stats.pending, failures };
        writeFileSync(path, JSON.stringify(results));
      }
    });
  }
}

export = CountingReporter;
